//! Bluetooth. No header of the C library has these: programs take them from BlueZ.

use super::super::Block;
use std::ffi::CStr;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    // bluetooth/bluetooth.h
    literal! { c"BTPROTO_":
        BTPROTO_L2CAP = 0, BTPROTO_HCI = 1, BTPROTO_SCO = 2, BTPROTO_RFCOMM = 3, BTPROTO_BNEP = 4,
        BTPROTO_CMTP = 5, BTPROTO_HIDP = 6, BTPROTO_AVDTP = 7, BTPROTO_ISO = 8,
    },
    // bluetooth/bluetooth.h
    literal! { c"SOL_":
        SOL_HCI = 0, SOL_L2CAP = 6, SOL_SCO = 17, SOL_RFCOMM = 18,
    },
    // bluetooth/bluetooth.h
    literal! { c"BT_":
        BT_SECURITY = 4, BT_SECURITY_SDP = 0, BT_SECURITY_LOW = 1, BT_SECURITY_MEDIUM = 2,
        BT_SECURITY_HIGH = 3, BT_SECURITY_FIPS = 4, BT_DEFER_SETUP = 7, BT_FLUSHABLE = 8,
        BT_FLUSHABLE_OFF = 0, BT_FLUSHABLE_ON = 1, BT_POWER = 9, BT_POWER_FORCE_ACTIVE_OFF = 0,
        BT_POWER_FORCE_ACTIVE_ON = 1, BT_CHANNEL_POLICY = 10, BT_CHANNEL_POLICY_BREDR_ONLY = 0,
        BT_CHANNEL_POLICY_BREDR_PREFERRED = 1, BT_CHANNEL_POLICY_AMP_PREFERRED = 2, BT_VOICE = 11,
        BT_SNDMTU = 12, BT_RCVMTU = 13, BT_VOICE_TRANSPARENT = 0x0003, BT_VOICE_CVSD_16BIT = 0x0060,
        BT_VOICE_TRANSPARENT_16BIT = 0x0063, BT_PHY = 14, BT_PHY_BR_1M_1SLOT = 0x00000001,
        BT_PHY_BR_1M_3SLOT = 0x00000002, BT_PHY_BR_1M_5SLOT = 0x00000004, BT_PHY_EDR_2M_1SLOT = 0x00000008,
        BT_PHY_EDR_2M_3SLOT = 0x00000010, BT_PHY_EDR_2M_5SLOT = 0x00000020,
        BT_PHY_EDR_3M_1SLOT = 0x00000040, BT_PHY_EDR_3M_3SLOT = 0x00000080,
        BT_PHY_EDR_3M_5SLOT = 0x00000100, BT_PHY_LE_1M_TX = 0x00000200, BT_PHY_LE_1M_RX = 0x00000400,
        BT_PHY_LE_2M_TX = 0x00000800, BT_PHY_LE_2M_RX = 0x00001000, BT_PHY_LE_CODED_TX = 0x00002000,
        BT_PHY_LE_CODED_RX = 0x00004000, BT_MODE = 15, BT_MODE_BASIC = 0x00, BT_MODE_ERTM = 0x01,
        BT_MODE_STREAMING = 0x02, BT_MODE_LE_FLOWCTL = 0x03, BT_MODE_EXT_FLOWCTL = 0x04, BT_PKT_STATUS = 16,
        BT_SCM_PKT_STATUS = 0x03, BT_SCM_ERROR = 4, BT_ISO_QOS = 17, BT_ISO_QOS_CIG_UNSET = 0xff,
        BT_ISO_QOS_CIS_UNSET = 0xff, BT_CODEC = 19, BT_ISO_BASE = 20,
    },
    // bluetooth/bluetooth.h
    literal! { c"BDADDR_":
        BDADDR_BREDR = 0x00, BDADDR_LE_PUBLIC = 0x01, BDADDR_LE_RANDOM = 0x02,
    },
    // bluetooth/bluetooth.h: texts, see below
    literal! { c"BDADDR_":
        BDADDR_ANY = 0, BDADDR_LOCAL = 0,
    },
    // bluetooth/hci.h
    literal! { c"HCI_":
        HCI_DATA_DIR = 1, HCI_FILTER = 2, HCI_TIME_STAMP = 3, HCI_DEV_NONE = 0xffff, HCI_CHANNEL_RAW = 0,
        HCI_CHANNEL_USER = 1, HCI_CHANNEL_MONITOR = 2, HCI_CHANNEL_CONTROL = 3, HCI_CHANNEL_LOGGING = 4,
    },
    // bluetooth/l2cap.h
    literal! { c"L2CAP_":
        L2CAP_OPTIONS = 0x01, L2CAP_CONNINFO = 0x02, L2CAP_LM = 0x03, L2CAP_LM_MASTER = 0x0001,
        L2CAP_LM_AUTH = 0x0002, L2CAP_LM_ENCRYPT = 0x0004, L2CAP_LM_TRUSTED = 0x0008,
        L2CAP_LM_RELIABLE = 0x0010, L2CAP_LM_SECURE = 0x0020,
    },
    // bluetooth/rfcomm.h
    literal! { c"RFCOMM_":
        RFCOMM_CONNINFO = 0x02, RFCOMM_LM = 0x03, RFCOMM_LM_MASTER = 0x0001, RFCOMM_LM_AUTH = 0x0002,
        RFCOMM_LM_ENCRYPT = 0x0004, RFCOMM_LM_TRUSTED = 0x0008, RFCOMM_LM_RELIABLE = 0x0010,
        RFCOMM_LM_SECURE = 0x0020,
    },
    // bluetooth/sco.h
    literal! { c"SCO_":
        SCO_OPTIONS = 0x01, SCO_CONNINFO = 0x02,
    },
];

/// Constants that are texts: the addresses that BlueZ's BDADDR_ANY and BDADDR_LOCAL point at.
pub const TEXTS: &[(&str, &CStr)] =
    &[("BDADDR_ANY", c"00:00:00:00:00:00"), ("BDADDR_LOCAL", c"00:00:00:FF:FF:FF")];
