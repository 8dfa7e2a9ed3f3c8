package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for addresses of every family. */
final class NativeAddress {
    private NativeAddress() {}

    private static final MethodHandle ADDR_IP = function("sock_addr_ip", INT, POINTER, LONG, POINTER);
    static int addrIp(MemorySegment host, long port, MemorySegment out) {
        try { return (int) ADDR_IP.invokeExact(host, port, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_UNIX = function("sock_addr_unix", INT, POINTER, LONG, POINTER);
    static int addrUnix(MemorySegment path, long len, MemorySegment out) {
        try { return (int) ADDR_UNIX.invokeExact(path, len, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_PARSE = function("sock_addr_parse", INT, POINTER, POINTER);
    static int addrParse(MemorySegment text, MemorySegment out) {
        try { return (int) ADDR_PARSE.invokeExact(text, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_FORMAT = function("sock_addr_format", LONG, POINTER, POINTER, LONG);
    static long addrFormat(MemorySegment addr, MemorySegment buf, long cap) {
        try { return (long) ADDR_FORMAT.invokeExact(addr, buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_FROM_NATIVE = function("sock_addr_from_native", INT, POINTER, LONG, POINTER);
    static int addrFromNative(MemorySegment sockaddr, long len, MemorySegment out) {
        try {
            return (int) ADDR_FROM_NATIVE.invokeExact(sockaddr, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_FAMILY = function("sock_addr_family", INT, POINTER);
    static int addrFamily(MemorySegment addr) {
        try { return (int) ADDR_FAMILY.invokeExact(addr); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_GET_IP = function("sock_addr_get_ip", LONG, POINTER, POINTER, LONG,
            POINTER, POINTER, POINTER);
    static long addrGetIp(MemorySegment addr, MemorySegment host, long cap, MemorySegment port,
            MemorySegment flowinfo, MemorySegment scopeId) {
        try {
            return (long) ADDR_GET_IP.invokeExact(addr, host, cap, port, flowinfo, scopeId);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_GET_UNIX = function("sock_addr_get_unix", LONG, POINTER, POINTER, LONG);
    static long addrGetUnix(MemorySegment addr, MemorySegment path, long cap) {
        try { return (long) ADDR_GET_UNIX.invokeExact(addr, path, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_NETLINK = function("sock_addr_netlink", INT, LONG, LONG, POINTER);
    static int addrNetlink(long pid, long groups, MemorySegment out) {
        try { return (int) ADDR_NETLINK.invokeExact(pid, groups, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_PACKET = function("sock_addr_packet", INT, POINTER, LONG, LONG, LONG,
            POINTER, LONG, POINTER);
    static int addrPacket(MemorySegment device, long protocol, long type, long hatype, MemorySegment hwaddr,
            long hwaddrLen, MemorySegment out) {
        try {
            return (int) ADDR_PACKET.invokeExact(device, protocol, type, hatype, hwaddr, hwaddrLen, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_CAN = function("sock_addr_can", INT, POINTER, POINTER);
    static int addrCan(MemorySegment device, MemorySegment out) {
        try { return (int) ADDR_CAN.invokeExact(device, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_ISOTP = function("sock_addr_isotp", INT, POINTER, LONG, LONG, POINTER);
    static int addrIsotp(MemorySegment device, long rxId, long txId, MemorySegment out) {
        try {
            return (int) ADDR_ISOTP.invokeExact(device, rxId, txId, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_J1939 = function("sock_addr_j1939", INT, POINTER, LONG, LONG, LONG, POINTER);
    static int addrJ1939(MemorySegment device, long name, long pgn, long address, MemorySegment out) {
        try {
            return (int) ADDR_J1939.invokeExact(device, name, pgn, address, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_TIPC = function("sock_addr_tipc", INT, LONG, LONG, LONG, LONG, LONG,
            POINTER);
    static int addrTipc(long addrType, long v1, long v2, long v3, long scope, MemorySegment out) {
        try {
            return (int) ADDR_TIPC.invokeExact(addrType, v1, v2, v3, scope, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_L2CAP = function("sock_addr_l2cap", INT, POINTER, LONG, LONG, LONG, POINTER);
    static int addrL2cap(MemorySegment bdaddr, long psm, long cid, long bdaddrType, MemorySegment out) {
        try {
            return (int) ADDR_L2CAP.invokeExact(bdaddr, psm, cid, bdaddrType, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_RFCOMM = function("sock_addr_rfcomm", INT, POINTER, LONG, POINTER);
    static int addrRfcomm(MemorySegment bdaddr, long channel, MemorySegment out) {
        try { return (int) ADDR_RFCOMM.invokeExact(bdaddr, channel, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_HCI = function("sock_addr_hci", INT, LONG, LONG, POINTER);
    static int addrHci(long dev, long channel, MemorySegment out) {
        try { return (int) ADDR_HCI.invokeExact(dev, channel, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_SCO = function("sock_addr_sco", INT, POINTER, POINTER);
    static int addrSco(MemorySegment bdaddr, MemorySegment out) {
        try { return (int) ADDR_SCO.invokeExact(bdaddr, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_ALG = function("sock_addr_alg", INT, POINTER, POINTER, LONG, LONG, POINTER);
    static int addrAlg(MemorySegment type, MemorySegment name, long feat, long mask, MemorySegment out) {
        try {
            return (int) ADDR_ALG.invokeExact(type, name, feat, mask, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_VSOCK = function("sock_addr_vsock", INT, LONG, LONG, LONG, POINTER);
    static int addrVsock(long cid, long port, long flags, MemorySegment out) {
        try { return (int) ADDR_VSOCK.invokeExact(cid, port, flags, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDR_QIPCRTR = function("sock_addr_qipcrtr", INT, LONG, LONG, POINTER);
    static int addrQipcrtr(long node, long port, MemorySegment out) {
        try { return (int) ADDR_QIPCRTR.invokeExact(node, port, out); } catch (Throwable t) { throw unexpected(t); }
    }
}
