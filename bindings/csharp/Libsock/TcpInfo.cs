using System.Runtime.InteropServices;

namespace Libsock
{
    /// <summary>What the kernel knows about a TCP connection. A field that the running kernel does not have is -1.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TcpInfo
    {
        internal uint Size;

        /// <summary>1 established, 2 SYN sent, 3 SYN received, 4 and 5 FIN wait, 6 time wait, 7 closed,
        /// 8 close wait, 9 last ACK, 10 listening, 11 closing.</summary>
        public readonly int State;

        /// <summary>Congestion state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.</summary>
        public readonly long CaState;

        /// <summary>Retransmissions of the waiting segment.</summary>
        public readonly long Retransmits;

        /// <summary>Unanswered zero-window or keepalive probes.</summary>
        public readonly long Probes;

        /// <summary>How often the retransmission timer has doubled.</summary>
        public readonly long Backoff;

        /// <summary>Bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN agreed, 16 ECN seen, 32 SYN data.</summary>
        public readonly long Options;

        /// <summary>Scale of the peer's window, a power of 2.</summary>
        public readonly long SndWscale;

        /// <summary>Scale of the local window, a power of 2.</summary>
        public readonly long RcvWscale;

        /// <summary>1 if the program, not the network, limited <see cref="DeliveryRate"/>.</summary>
        public readonly long DeliveryRateAppLimited;

        /// <summary>TCP Fast Open failure: 0 unknown, 1 no cookie, 2 no answer, 3 refused.</summary>
        public readonly long FastopenClientFail;

        /// <summary>Retransmission timeout.</summary>
        public readonly long RtoNanoseconds;

        /// <summary>Timeout of delayed acknowledgements.</summary>
        public readonly long AtoNanoseconds;

        /// <summary>Segment size for sending, in bytes.</summary>
        public readonly long SndMss;

        /// <summary>Segment size seen in receiving, in bytes.</summary>
        public readonly long RcvMss;

        /// <summary>Unacknowledged segments; listening: connections waiting in accept.</summary>
        public readonly long Unacked;

        /// <summary>Segments acknowledged out of order; listening: the backlog.</summary>
        public readonly long Sacked;

        /// <summary>Segments considered lost.</summary>
        public readonly long Lost;

        /// <summary>Retransmitted segments in flight.</summary>
        public readonly long Retrans;

        /// <summary>Unused by kernels since 4.15: 0.</summary>
        public readonly long Fackets;

        /// <summary>Time since data was last sent.</summary>
        public readonly long LastDataSentNanoseconds;

        /// <summary>Time since data was last received.</summary>
        public readonly long LastDataRecvNanoseconds;

        /// <summary>Time since an acknowledgement was last received.</summary>
        public readonly long LastAckRecvNanoseconds;

        /// <summary>MTU of the path, in bytes.</summary>
        public readonly long Pmtu;

        /// <summary>Limit to the growth of the announced window, in bytes.</summary>
        public readonly long RcvSsthresh;

        /// <summary>Smoothed round-trip time.</summary>
        public readonly long RttNanoseconds;

        /// <summary>Its mean deviation.</summary>
        public readonly long RttvarNanoseconds;

        /// <summary>End of slow start, in segments; 2147483647: not yet.</summary>
        public readonly long SndSsthresh;

        /// <summary>Congestion window, in segments.</summary>
        public readonly long SndCwnd;

        /// <summary>Segment size announced to the peer, in bytes.</summary>
        public readonly long Advmss;

        /// <summary>How far segments may be out of order, in segments.</summary>
        public readonly long Reordering;

        /// <summary>Round-trip time as the receiver sees it.</summary>
        public readonly long RcvRttNanoseconds;

        /// <summary>Space that receiving is tuned for, in bytes.</summary>
        public readonly long RcvSpace;

        /// <summary>Segments retransmitted in total.</summary>
        public readonly long TotalRetrans;

        /// <summary>Sending pace, in bytes a second; INT64_MAX without one.</summary>
        public readonly long PacingRate;

        /// <summary>Its limit (SO_MAX_PACING_RATE); INT64_MAX without one.</summary>
        public readonly long MaxPacingRate;

        /// <summary>Bytes sent and acknowledged.</summary>
        public readonly long BytesAcked;

        /// <summary>Bytes received.</summary>
        public readonly long BytesReceived;

        /// <summary>Segments sent, retransmissions and bare ACKs included.</summary>
        public readonly long SegsOut;

        /// <summary>Segments received.</summary>
        public readonly long SegsIn;

        /// <summary>Bytes in the send buffer that have never been sent.</summary>
        public readonly long NotsentBytes;

        /// <summary>Shortest round trip seen; 4294967295000 before the first.</summary>
        public readonly long MinRttNanoseconds;

        /// <summary>Segments with data received.</summary>
        public readonly long DataSegsIn;

        /// <summary>Segments with data sent.</summary>
        public readonly long DataSegsOut;

        /// <summary>Recent rate of delivery to the peer, in bytes a second.</summary>
        public readonly long DeliveryRate;

        /// <summary>Time with data to send.</summary>
        public readonly long BusyNanoseconds;

        /// <summary>Part of it limited by the peer's window.</summary>
        public readonly long RwndLimitedNanoseconds;

        /// <summary>Part of it limited by the local send buffer.</summary>
        public readonly long SndbufLimitedNanoseconds;

        /// <summary>Segments delivered.</summary>
        public readonly long Delivered;

        /// <summary>Part of them marked for congestion.</summary>
        public readonly long DeliveredCe;

        /// <summary>Bytes sent, including retransmitted ones.</summary>
        public readonly long BytesSent;

        /// <summary>Bytes retransmitted.</summary>
        public readonly long BytesRetrans;

        /// <summary>Segments that the peer reports as received twice.</summary>
        public readonly long DsackDups;

        /// <summary>Times that reordering was seen.</summary>
        public readonly long ReordSeen;

        /// <summary>Segments received out of order.</summary>
        public readonly long RcvOoopack;

        /// <summary>Window announced by the peer, in bytes.</summary>
        public readonly long SndWnd;

        /// <summary>Window announced by this end, in bytes.</summary>
        public readonly long RcvWnd;

        /// <summary>Times that the connection tried another path.</summary>
        public readonly long Rehash;

        /// <summary>Retransmission timeouts in total.</summary>
        public readonly long TotalRto;

        /// <summary>Recoveries that began with a retransmission timeout.</summary>
        public readonly long TotalRtoRecoveries;

        /// <summary>Time spent in these recoveries.</summary>
        public readonly long TotalRtoTimeNanoseconds;
    }
}
