//! `struct tcp_info` of linux/tcp.h, decoded: the kernel's struct grows with its versions, mixes units
//! and packs bits; this one has a field for each, in one type and one unit.

use crate::net::codec::bytes::{u8_at, u16_at, u32_at, u64_at};

/// What the kernel knows about a TCP connection.
///
/// Times are in nanoseconds; a field that the running kernel does not provide is -1. Later versions
/// of libsock add fields at the end, and `size` says which are present.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TcpInfo {
    /// In: sizeof(struct sock_tcp_info). Out: bytes filled.
    pub size: u32,
    /// 1 established, 2 SYN sent, 3 SYN received, 4 and 5 FIN wait, 6 time wait, 7 closed, 8 close
    /// wait, 9 last ACK, 10 listening, 11 closing.
    pub state: i32,
    /// Congestion state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.
    pub ca_state: i64,
    /// Retransmissions of the waiting segment.
    pub retransmits: i64,
    /// Unanswered zero-window or keepalive probes.
    pub probes: i64,
    /// How often the retransmission timer has doubled.
    pub backoff: i64,
    /// Bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN agreed, 16 ECN seen, 32 SYN data.
    pub options: i64,
    /// Scale of the peer's window, a power of 2.
    pub snd_wscale: i64,
    /// Scale of the local window, a power of 2.
    pub rcv_wscale: i64,
    /// 1 if the program, not the network, limited `delivery_rate`.
    pub delivery_rate_app_limited: i64,
    /// TCP Fast Open failure: 0 unknown, 1 no cookie, 2 no answer, 3 refused.
    pub fastopen_client_fail: i64,
    /// Retransmission timeout.
    pub rto_ns: i64,
    /// Timeout of delayed acknowledgements.
    pub ato_ns: i64,
    /// Segment size for sending, in bytes.
    pub snd_mss: i64,
    /// Segment size seen in receiving, in bytes.
    pub rcv_mss: i64,
    /// Unacknowledged segments; listening: connections waiting in accept.
    pub unacked: i64,
    /// Segments acknowledged out of order; listening: the backlog.
    pub sacked: i64,
    /// Segments considered lost.
    pub lost: i64,
    /// Retransmitted segments in flight.
    pub retrans: i64,
    /// Unused by kernels since 4.15: 0.
    pub fackets: i64,
    /// Time since data was last sent.
    pub last_data_sent_ns: i64,
    /// Time since data was last received.
    pub last_data_recv_ns: i64,
    /// Time since an acknowledgement was last received.
    pub last_ack_recv_ns: i64,
    /// MTU of the path, in bytes.
    pub pmtu: i64,
    /// Limit to the growth of the announced window, in bytes.
    pub rcv_ssthresh: i64,
    /// Smoothed round-trip time.
    pub rtt_ns: i64,
    /// Its mean deviation.
    pub rttvar_ns: i64,
    /// End of slow start, in segments; 2147483647: not yet.
    pub snd_ssthresh: i64,
    /// Congestion window, in segments.
    pub snd_cwnd: i64,
    /// Segment size announced to the peer, in bytes.
    pub advmss: i64,
    /// How far segments may be out of order, in segments.
    pub reordering: i64,
    /// Round-trip time as the receiver sees it.
    pub rcv_rtt_ns: i64,
    /// Space that receiving is tuned for, in bytes.
    pub rcv_space: i64,
    /// Segments retransmitted in total.
    pub total_retrans: i64,
    /// Sending pace, in bytes a second; INT64_MAX without one.
    pub pacing_rate: i64,
    /// Its limit (SO_MAX_PACING_RATE); INT64_MAX without one.
    pub max_pacing_rate: i64,
    /// Bytes sent and acknowledged.
    pub bytes_acked: i64,
    /// Bytes received.
    pub bytes_received: i64,
    /// Segments sent, retransmissions and bare ACKs included.
    pub segs_out: i64,
    /// Segments received.
    pub segs_in: i64,
    /// Bytes in the send buffer that have never been sent.
    pub notsent_bytes: i64,
    /// Shortest round trip seen; 4294967295000 before the first.
    pub min_rtt_ns: i64,
    /// Segments with data received.
    pub data_segs_in: i64,
    /// Segments with data sent.
    pub data_segs_out: i64,
    /// Recent rate of delivery to the peer, in bytes a second.
    pub delivery_rate: i64,
    /// Time with data to send.
    pub busy_ns: i64,
    /// Part of it limited by the peer's window.
    pub rwnd_limited_ns: i64,
    /// Part of it limited by the local send buffer.
    pub sndbuf_limited_ns: i64,
    /// Segments delivered.
    pub delivered: i64,
    /// Part of them marked for congestion.
    pub delivered_ce: i64,
    /// Bytes sent, including retransmitted ones.
    pub bytes_sent: i64,
    /// Bytes retransmitted.
    pub bytes_retrans: i64,
    /// Segments that the peer reports as received twice.
    pub dsack_dups: i64,
    /// Times that reordering was seen.
    pub reord_seen: i64,
    /// Segments received out of order.
    pub rcv_ooopack: i64,
    /// Window announced by the peer, in bytes.
    pub snd_wnd: i64,
    /// Window announced by this end, in bytes.
    pub rcv_wnd: i64,
    /// Times that the connection tried another path.
    pub rehash: i64,
    /// Retransmission timeouts in total.
    pub total_rto: i64,
    /// Recoveries that began with a retransmission timeout.
    pub total_rto_recoveries: i64,
    /// Time spent in these recoveries.
    pub total_rto_time_ns: i64,
}

/// The bytes that a caller's struct has at least: those of the first version.
pub const FIRST_VERSION: usize = 8 + 8 * 59;

const MICROSECOND: i64 = 1000;
const MILLISECOND: i64 = 1_000_000;
const UNKNOWN: i64 = -1;

fn or_unknown(value: Option<impl Into<i64>>) -> i64 {
    value.map_or(UNKNOWN, Into::into)
}

fn scaled(value: Option<u32>, unit: i64) -> i64 {
    value.map_or(UNKNOWN, |value| i64::from(value) * unit)
}

/// Counters never reach the sign bit; a rate without a limit is all ones and becomes the largest number.
fn large(value: Option<u64>) -> i64 {
    value.map_or(UNKNOWN, |value| i64::try_from(value).unwrap_or(i64::MAX))
}

fn large_scaled(value: Option<u64>, unit: i64) -> i64 {
    value.map_or(UNKNOWN, |_| large(value).saturating_mul(unit))
}

/// `width` bits of a byte, from bit field `first` on: on big-endian machines the first is the highest.
fn bits(value: Option<u8>, first: u32, width: u32) -> i64 {
    let shift = if cfg!(target_endian = "big") { 8 - first - width } else { first };
    value.map_or(UNKNOWN, |value| i64::from(value >> shift) & ((1 << width) - 1))
}

/// Decodes what the kernel wrote.
pub fn decode(bytes: &[u8]) -> TcpInfo {
    TcpInfo {
        size: size_of::<TcpInfo>() as u32,
        state: u8_at(bytes, 0).map_or(-1, i32::from),
        ca_state: or_unknown(u8_at(bytes, 1)),
        retransmits: or_unknown(u8_at(bytes, 2)),
        probes: or_unknown(u8_at(bytes, 3)),
        backoff: or_unknown(u8_at(bytes, 4)),
        options: or_unknown(u8_at(bytes, 5)),
        snd_wscale: bits(u8_at(bytes, 6), 0, 4),
        rcv_wscale: bits(u8_at(bytes, 6), 4, 4),
        delivery_rate_app_limited: bits(u8_at(bytes, 7), 0, 1),
        fastopen_client_fail: bits(u8_at(bytes, 7), 1, 2),
        rto_ns: scaled(u32_at(bytes, 8), MICROSECOND),
        ato_ns: scaled(u32_at(bytes, 12), MICROSECOND),
        snd_mss: or_unknown(u32_at(bytes, 16)),
        rcv_mss: or_unknown(u32_at(bytes, 20)),
        unacked: or_unknown(u32_at(bytes, 24)),
        sacked: or_unknown(u32_at(bytes, 28)),
        lost: or_unknown(u32_at(bytes, 32)),
        retrans: or_unknown(u32_at(bytes, 36)),
        fackets: or_unknown(u32_at(bytes, 40)),
        last_data_sent_ns: scaled(u32_at(bytes, 44), MILLISECOND),
        last_data_recv_ns: scaled(u32_at(bytes, 52), MILLISECOND),
        last_ack_recv_ns: scaled(u32_at(bytes, 56), MILLISECOND),
        pmtu: or_unknown(u32_at(bytes, 60)),
        rcv_ssthresh: or_unknown(u32_at(bytes, 64)),
        rtt_ns: scaled(u32_at(bytes, 68), MICROSECOND),
        rttvar_ns: scaled(u32_at(bytes, 72), MICROSECOND),
        snd_ssthresh: or_unknown(u32_at(bytes, 76)),
        snd_cwnd: or_unknown(u32_at(bytes, 80)),
        advmss: or_unknown(u32_at(bytes, 84)),
        reordering: or_unknown(u32_at(bytes, 88)),
        rcv_rtt_ns: scaled(u32_at(bytes, 92), MICROSECOND),
        rcv_space: or_unknown(u32_at(bytes, 96)),
        total_retrans: or_unknown(u32_at(bytes, 100)),
        pacing_rate: large(u64_at(bytes, 104)),
        max_pacing_rate: large(u64_at(bytes, 112)),
        bytes_acked: large(u64_at(bytes, 120)),
        bytes_received: large(u64_at(bytes, 128)),
        segs_out: or_unknown(u32_at(bytes, 136)),
        segs_in: or_unknown(u32_at(bytes, 140)),
        notsent_bytes: or_unknown(u32_at(bytes, 144)),
        min_rtt_ns: scaled(u32_at(bytes, 148), MICROSECOND),
        data_segs_in: or_unknown(u32_at(bytes, 152)),
        data_segs_out: or_unknown(u32_at(bytes, 156)),
        delivery_rate: large(u64_at(bytes, 160)),
        busy_ns: large_scaled(u64_at(bytes, 168), MICROSECOND),
        rwnd_limited_ns: large_scaled(u64_at(bytes, 176), MICROSECOND),
        sndbuf_limited_ns: large_scaled(u64_at(bytes, 184), MICROSECOND),
        delivered: or_unknown(u32_at(bytes, 192)),
        delivered_ce: or_unknown(u32_at(bytes, 196)),
        bytes_sent: large(u64_at(bytes, 200)),
        bytes_retrans: large(u64_at(bytes, 208)),
        dsack_dups: or_unknown(u32_at(bytes, 216)),
        reord_seen: or_unknown(u32_at(bytes, 220)),
        rcv_ooopack: or_unknown(u32_at(bytes, 224)),
        snd_wnd: or_unknown(u32_at(bytes, 228)),
        rcv_wnd: or_unknown(u32_at(bytes, 232)),
        rehash: or_unknown(u32_at(bytes, 236)),
        total_rto: or_unknown(u16_at(bytes, 240)),
        total_rto_recoveries: or_unknown(u16_at(bytes, 242)),
        total_rto_time_ns: scaled(u32_at(bytes, 244), MILLISECOND),
    }
}
