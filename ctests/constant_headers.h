/* All system headers with constants that are installed, for test_constant.c. #ifdef finds macros but not
 * enumerators. An enumerator without a macro of the same name gets one here, as the C library does for its
 * own. */
#ifndef SOCK_CONSTANT_HEADERS_H
#define SOCK_CONSTANT_HEADERS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <netdb.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#ifdef __has_include

#if __has_include(<netax25/ax25.h>)
#include <netax25/ax25.h>
#endif
#if __has_include(<netatalk/at.h>)
#include <netatalk/at.h>
#endif
#if __has_include(<netinet/icmp6.h>)
#include <netinet/icmp6.h>
#endif
#if __has_include(<netipx/ipx.h>)
#include <netipx/ipx.h>
#endif
#if __has_include(<netrom/netrom.h>)
#include <netrom/netrom.h>
#endif
#if __has_include(<netrose/rose.h>)
#include <netrose/rose.h>
#endif

#if __has_include(<linux/socket.h>)
#include <linux/can/bcm.h>
#include <linux/can/raw.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/if_alg.h>
#ifdef __GLIBC__ /* musl's <net/if_arp.h> has the same structs */
#include <linux/if_arp.h>
#else
#include <net/if_arp.h>
#endif
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_pppox.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net_tstamp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#include <linux/nfc.h>
#include <linux/rds.h>
#include <linux/rtnetlink.h>
#include <linux/tipc.h>
#include <linux/udp.h>
#include <linux/version.h>
#else
#include <netinet/udp.h>
#endif
#if __has_include(<linux/can/isotp.h>)
#include <linux/can/isotp.h>
#endif
#if __has_include(<linux/can/j1939.h>)
#include <linux/can/j1939.h>
#endif
#if __has_include(<linux/if_xdp.h>)
#include <linux/if_xdp.h>
#endif
#if __has_include(<linux/mctp.h>)
#include <linux/mctp.h>
#endif
#if __has_include(<linux/mptcp.h>)
#include <linux/mptcp.h>
#endif
#if __has_include(<linux/qrtr.h>)
#include <linux/qrtr.h>
#endif
#if __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#endif

/* BlueZ headers (Debian package libbluetooth-dev). */
#if __has_include(<bluetooth/bluetooth.h>)
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>
#include <bluetooth/rfcomm.h>
#include <bluetooth/sco.h>
#endif

#endif

/* Enumerators of the GNU C library. */
#ifdef __GLIBC__
#define IPPORT_USERRESERVED IPPORT_USERRESERVED
#define TCP_ESTABLISHED TCP_ESTABLISHED
#define TCP_SYN_SENT TCP_SYN_SENT
#define TCP_SYN_RECV TCP_SYN_RECV
#define TCP_FIN_WAIT1 TCP_FIN_WAIT1
#define TCP_FIN_WAIT2 TCP_FIN_WAIT2
#define TCP_TIME_WAIT TCP_TIME_WAIT
#define TCP_CLOSE TCP_CLOSE
#define TCP_CLOSE_WAIT TCP_CLOSE_WAIT
#define TCP_LAST_ACK TCP_LAST_ACK
#define TCP_LISTEN TCP_LISTEN
#define TCP_CLOSING TCP_CLOSING
#endif

/* Enumerators of kernel headers since Linux 6.1. */
#if defined(LINUX_VERSION_CODE) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define SOF_TIMESTAMPING_TX_HARDWARE SOF_TIMESTAMPING_TX_HARDWARE
#define SOF_TIMESTAMPING_TX_SOFTWARE SOF_TIMESTAMPING_TX_SOFTWARE
#define SOF_TIMESTAMPING_RX_HARDWARE SOF_TIMESTAMPING_RX_HARDWARE
#define SOF_TIMESTAMPING_RX_SOFTWARE SOF_TIMESTAMPING_RX_SOFTWARE
#define SOF_TIMESTAMPING_SOFTWARE SOF_TIMESTAMPING_SOFTWARE
#define SOF_TIMESTAMPING_SYS_HARDWARE SOF_TIMESTAMPING_SYS_HARDWARE
#define SOF_TIMESTAMPING_RAW_HARDWARE SOF_TIMESTAMPING_RAW_HARDWARE
#define SOF_TIMESTAMPING_OPT_ID SOF_TIMESTAMPING_OPT_ID
#define SOF_TIMESTAMPING_TX_SCHED SOF_TIMESTAMPING_TX_SCHED
#define SOF_TIMESTAMPING_TX_ACK SOF_TIMESTAMPING_TX_ACK
#define SOF_TIMESTAMPING_OPT_CMSG SOF_TIMESTAMPING_OPT_CMSG
#define SOF_TIMESTAMPING_OPT_TSONLY SOF_TIMESTAMPING_OPT_TSONLY
#define SOF_TIMESTAMPING_OPT_STATS SOF_TIMESTAMPING_OPT_STATS
#define SOF_TIMESTAMPING_OPT_PKTINFO SOF_TIMESTAMPING_OPT_PKTINFO
#define SOF_TIMESTAMPING_OPT_TX_SWHW SOF_TIMESTAMPING_OPT_TX_SWHW
#define SOF_TIMESTAMPING_BIND_PHC SOF_TIMESTAMPING_BIND_PHC
#define SOF_TXTIME_DEADLINE_MODE SOF_TXTIME_DEADLINE_MODE
#define SOF_TXTIME_REPORT_ERRORS SOF_TXTIME_REPORT_ERRORS
#define SCM_TSTAMP_SND SCM_TSTAMP_SND
#define SCM_TSTAMP_SCHED SCM_TSTAMP_SCHED
#define SCM_TSTAMP_ACK SCM_TSTAMP_ACK
#define CAN_RAW_ERR_FILTER CAN_RAW_ERR_FILTER
#define CAN_RAW_FD_FRAMES CAN_RAW_FD_FRAMES
#define CAN_RAW_FILTER CAN_RAW_FILTER
#define CAN_RAW_JOIN_FILTERS CAN_RAW_JOIN_FILTERS
#define CAN_RAW_LOOPBACK CAN_RAW_LOOPBACK
#define CAN_RAW_RECV_OWN_MSGS CAN_RAW_RECV_OWN_MSGS
#define J1939_EE_INFO_NONE J1939_EE_INFO_NONE
#define J1939_EE_INFO_TX_ABORT J1939_EE_INFO_TX_ABORT
#define J1939_NLA_BYTES_ACKED J1939_NLA_BYTES_ACKED
#define J1939_NLA_PAD J1939_NLA_PAD
#define SCM_J1939_DEST_ADDR SCM_J1939_DEST_ADDR
#define SCM_J1939_DEST_NAME SCM_J1939_DEST_NAME
#define SCM_J1939_ERRQUEUE SCM_J1939_ERRQUEUE
#define SCM_J1939_PRIO SCM_J1939_PRIO
#define SO_J1939_ERRQUEUE SO_J1939_ERRQUEUE
#define SO_J1939_FILTER SO_J1939_FILTER
#define SO_J1939_PROMISC SO_J1939_PROMISC
#define SO_J1939_SEND_PRIO SO_J1939_SEND_PRIO
#define CAN_RAW_XL_FRAMES CAN_RAW_XL_FRAMES
#define SCM_CAN_RAW_ERRQUEUE SCM_CAN_RAW_ERRQUEUE
#define J1939_NLA_TOTAL_SIZE J1939_NLA_TOTAL_SIZE
#define J1939_NLA_PGN J1939_NLA_PGN
#define J1939_NLA_SRC_NAME J1939_NLA_SRC_NAME
#define J1939_NLA_DEST_NAME J1939_NLA_DEST_NAME
#define J1939_NLA_SRC_ADDR J1939_NLA_SRC_ADDR
#define J1939_NLA_DEST_ADDR J1939_NLA_DEST_ADDR
#define J1939_EE_INFO_RX_RTS J1939_EE_INFO_RX_RTS
#define J1939_EE_INFO_RX_DPO J1939_EE_INFO_RX_DPO
#define J1939_EE_INFO_RX_ABORT J1939_EE_INFO_RX_ABORT
#define TIPC_CLUSTER_SCOPE TIPC_CLUSTER_SCOPE
#define TIPC_NODE_SCOPE TIPC_NODE_SCOPE
#endif

/* Enumerators added up to Linux 6.15. */
#if defined(LINUX_VERSION_CODE) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define SOF_TIMESTAMPING_OPT_ID_TCP SOF_TIMESTAMPING_OPT_ID_TCP
#define SOF_TIMESTAMPING_OPT_RX_FILTER SOF_TIMESTAMPING_OPT_RX_FILTER
#define SOF_TIMESTAMPING_TX_COMPLETION SOF_TIMESTAMPING_TX_COMPLETION
#define SCM_TSTAMP_COMPLETION SCM_TSTAMP_COMPLETION
#define CAN_RAW_XL_VCID_OPTS CAN_RAW_XL_VCID_OPTS
#endif

/* linux/can/bcm.h defines these without a prefix; libsock uses Python's names. */
#define CAN_BCM_CAN_FD_FRAME CAN_FD_FRAME
#define CAN_BCM_RX_ANNOUNCE_RESUME RX_ANNOUNCE_RESUME
#define CAN_BCM_RX_CHANGED RX_CHANGED
#define CAN_BCM_RX_CHECK_DLC RX_CHECK_DLC
#define CAN_BCM_RX_DELETE RX_DELETE
#define CAN_BCM_RX_FILTER_ID RX_FILTER_ID
#define CAN_BCM_RX_NO_AUTOTIMER RX_NO_AUTOTIMER
#define CAN_BCM_RX_READ RX_READ
#define CAN_BCM_RX_RTR_FRAME RX_RTR_FRAME
#define CAN_BCM_RX_SETUP RX_SETUP
#define CAN_BCM_RX_STATUS RX_STATUS
#define CAN_BCM_RX_TIMEOUT RX_TIMEOUT
#define CAN_BCM_SETTIMER SETTIMER
#define CAN_BCM_STARTTIMER STARTTIMER
#define CAN_BCM_TX_ANNOUNCE TX_ANNOUNCE
#define CAN_BCM_TX_COUNTEVT TX_COUNTEVT
#define CAN_BCM_TX_CP_CAN_ID TX_CP_CAN_ID
#define CAN_BCM_TX_DELETE TX_DELETE
#define CAN_BCM_TX_EXPIRED TX_EXPIRED
#define CAN_BCM_TX_READ TX_READ
#define CAN_BCM_TX_RESET_MULTI_IDX TX_RESET_MULTI_IDX
#define CAN_BCM_TX_SEND TX_SEND
#define CAN_BCM_TX_SETUP TX_SETUP
#define CAN_BCM_TX_STATUS TX_STATUS

#endif
