package libsock;

import java.lang.foreign.ValueLayout;

/**
 * Addresses of the families that Linux has beyond AF_INET, AF_INET6 and AF_UNIX. An interface is a name, or an index in
 * digits; "" is index 0. All throw {@link IllegalArgumentException} for a field out of range, with its name in the
 * message. Their text forms (sock.h, "Families") show all fields: {@code Addresses.vsock(3, 1024).toString()} is
 * "vsock:3:1024".
 */
public final class Addresses {
    private Addresses() {}

    /**
     * An AF_NETLINK address.
     *
     * @param port 0 is the kernel, or for a bind, a port that it chooses
     * @param groups a bit for each of the first 32 multicast groups
     */
    public static SockAddress netlink(long port, long groups) {
        return SockAddress.made((arena, out) -> NativeAddress.addrNetlink(port, groups, out));
    }

    /**
     * An AF_PACKET address.
     *
     * @param device the interface; "" binds to every one
     * @param protocol an Ethernet protocol (ETH_P_IP ...), 0 to 65535
     * @param hardware the hardware address to send to, 0 to 8 bytes
     */
    public static SockAddress packet(String device, int protocol, byte... hardware) {
        return SockAddress.made((arena, out) -> NativeAddress.addrPacket(Native.string(arena, "device", device),
                protocol, 0, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, hardware), hardware.length, out));
    }

    /** An AF_CAN address of CAN_RAW or CAN_BCM; the device "" is every CAN interface. */
    public static SockAddress can(String device) {
        return SockAddress.made((arena, out) -> NativeAddress.addrCan(Native.string(arena, "device", device), out));
    }

    /** An AF_CAN address of CAN_ISOTP, with the identifiers of the frames received and sent. */
    public static SockAddress isotp(String device, long rxId, long txId) {
        return SockAddress.made((arena, out) ->
                NativeAddress.addrIsotp(Native.string(arena, "device", device), rxId, txId, out));
    }

    /** An AF_CAN address of CAN_J1939: the NAME of a device or 0, a parameter group, and an address. */
    public static SockAddress j1939(String device, long name, int group, int address) {
        return SockAddress.made((arena, out) ->
                NativeAddress.addrJ1939(Native.string(arena, "device", device), name, group, address, out));
    }

    /** An AF_TIPC service address: type, instance, and a domain that is usually 0. */
    public static SockAddress tipcName(long type, long instance, long domain) {
        return tipc("TIPC_ADDR_NAME", type, instance, domain, 0);
    }

    /** An AF_TIPC service range, to bind to; a scope is TIPC_CLUSTER_SCOPE ..., negated to unbind. */
    public static SockAddress tipcRange(long type, long lower, long upper, long scope) {
        return tipc("TIPC_ADDR_NAMESEQ", type, lower, upper, scope);
    }

    /** An AF_TIPC socket address: node and reference. */
    public static SockAddress tipcId(long node, long reference) {
        return tipc("TIPC_ADDR_ID", node, reference, 0, 0);
    }

    private static SockAddress tipc(String kind, long v1, long v2, long v3, long scope) {
        return SockAddress.made((arena, out) -> NativeAddress.addrTipc(Constants.value(kind), v1, v2, v3, scope, out));
    }

    /** An AF_BLUETOOTH address of L2CAP: controller ("00:1A:7D:DA:71:13"), PSM, CID and address type. */
    public static SockAddress l2cap(String controller, int psm, int cid, int type) {
        return SockAddress.made((arena, out) ->
                NativeAddress.addrL2cap(Native.string(arena, "controller", controller), psm, cid, type, out));
    }

    /** An AF_BLUETOOTH address of RFCOMM; with channel 0, a bind chooses a free one. */
    public static SockAddress rfcomm(String controller, int channel) {
        return SockAddress.made((arena, out) ->
                NativeAddress.addrRfcomm(Native.string(arena, "controller", controller), channel, out));
    }

    /** An AF_BLUETOOTH address of HCI: the number of a controller, and a channel. */
    public static SockAddress hci(int device, int channel) {
        return SockAddress.made((arena, out) -> NativeAddress.addrHci(device, channel, out));
    }

    /** An AF_BLUETOOTH address of SCO. */
    public static SockAddress sco(String controller) {
        return SockAddress.made((arena, out) ->
                NativeAddress.addrSco(Native.string(arena, "controller", controller), out));
    }

    /** An AF_ALG address: "hash", "skcipher", "aead" or "rng", and an algorithm of /proc/crypto. */
    public static SockAddress alg(String type, String name) {
        return SockAddress.made((arena, out) -> NativeAddress.addrAlg(Native.string(arena, "type", type),
                Native.string(arena, "name", name), 0, 0, out));
    }

    /** An AF_VSOCK address: the machine (VMADDR_CID_HOST ...) and a port. */
    public static SockAddress vsock(long cid, long port) {
        return SockAddress.made((arena, out) -> NativeAddress.addrVsock(cid, port, 0, out));
    }

    /** An AF_QIPCRTR address. */
    public static SockAddress qipcrtr(long node, long port) {
        return SockAddress.made((arena, out) -> NativeAddress.addrQipcrtr(node, port, out));
    }
}
