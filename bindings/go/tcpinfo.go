package sock

/*
#include "bridge.h"
*/
import "C"

import "time"

// TCPInfo is the kernel's state of a TCP connection. A field that the running kernel does not report is -1.
type TCPInfo struct {
	State, CAState, Retransmits, Probes, Backoff, Options int64
	SndWScale, RcvWScale                                  int64
	DeliveryRateAppLimited, FastOpenClientFail            int64
	RTO, ATO                                              time.Duration
	SndMSS, RcvMSS                                        int64
	Unacked, Sacked, Lost, Retrans                        int64
	LastDataSent, LastDataRecv, LastAckRecv               time.Duration
	PMTU, RcvSSThresh                                     int64
	RTT, RTTVar                                           time.Duration
	SndSSThresh, SndCwnd, AdvMSS, Reordering              int64
	RcvRTT                                                time.Duration
	RcvSpace, TotalRetrans, PacingRate, MaxPacingRate     int64
	BytesAcked, BytesReceived, SegsOut, SegsIn            int64
	NotSentBytes                                          int64
	MinRTT                                                time.Duration
	DataSegsIn, DataSegsOut, DeliveryRate                 int64
	Busy, RwndLimited, SndbufLimited                      time.Duration
	Delivered, DeliveredCE, BytesSent, BytesRetrans       int64
	DSackDups, ReordSeen, RcvOOOPack, SndWnd, RcvWnd      int64
	Rehash, TotalRTO, TotalRTORecoveries                  int64
	TotalRTOTime                                          time.Duration
}

// TCPInfo returns the kernel's state of a TCP connection.
func (e endpoint) TCPInfo() (*TCPInfo, error) {
	i := new(C.struct_sock_tcp_info)
	i.size = C.sizeof_struct_sock_tcp_info
	if _, err := e.option("get", "getsockopt", func(sentence *C.char) int64 { return int64(C.bridge_get_tcp_info(e.s.handle, i, sentence)) }); err != nil {
		return nil, err
	}
	n := func(v C.int64_t) int64 { return int64(v) }
	d := func(v C.int64_t) time.Duration { return time.Duration(v) }
	return &TCPInfo{
		State: int64(i.state), CAState: n(i.ca_state), Retransmits: n(i.retransmits), Probes: n(i.probes),
		Backoff: n(i.backoff), Options: n(i.options), SndWScale: n(i.snd_wscale), RcvWScale: n(i.rcv_wscale),
		DeliveryRateAppLimited: n(i.delivery_rate_app_limited), FastOpenClientFail: n(i.fastopen_client_fail),
		RTO: d(i.rto_ns), ATO: d(i.ato_ns), SndMSS: n(i.snd_mss), RcvMSS: n(i.rcv_mss),
		Unacked: n(i.unacked), Sacked: n(i.sacked), Lost: n(i.lost), Retrans: n(i.retrans),
		LastDataSent: d(i.last_data_sent_ns), LastDataRecv: d(i.last_data_recv_ns), LastAckRecv: d(i.last_ack_recv_ns),
		PMTU: n(i.pmtu), RcvSSThresh: n(i.rcv_ssthresh), RTT: d(i.rtt_ns), RTTVar: d(i.rttvar_ns),
		SndSSThresh: n(i.snd_ssthresh), SndCwnd: n(i.snd_cwnd), AdvMSS: n(i.advmss), Reordering: n(i.reordering),
		RcvRTT: d(i.rcv_rtt_ns), RcvSpace: n(i.rcv_space), TotalRetrans: n(i.total_retrans),
		PacingRate: n(i.pacing_rate), MaxPacingRate: n(i.max_pacing_rate), BytesAcked: n(i.bytes_acked),
		BytesReceived: n(i.bytes_received), SegsOut: n(i.segs_out), SegsIn: n(i.segs_in),
		NotSentBytes: n(i.notsent_bytes), MinRTT: d(i.min_rtt_ns), DataSegsIn: n(i.data_segs_in),
		DataSegsOut: n(i.data_segs_out), DeliveryRate: n(i.delivery_rate), Busy: d(i.busy_ns),
		RwndLimited: d(i.rwnd_limited_ns), SndbufLimited: d(i.sndbuf_limited_ns), Delivered: n(i.delivered),
		DeliveredCE: n(i.delivered_ce), BytesSent: n(i.bytes_sent), BytesRetrans: n(i.bytes_retrans),
		DSackDups: n(i.dsack_dups), ReordSeen: n(i.reord_seen), RcvOOOPack: n(i.rcv_ooopack),
		SndWnd: n(i.snd_wnd), RcvWnd: n(i.rcv_wnd), Rehash: n(i.rehash), TotalRTO: n(i.total_rto),
		TotalRTORecoveries: n(i.total_rto_recoveries), TotalRTOTime: d(i.total_rto_time_ns),
	}, nil
}
