package libsock;

import java.io.Serial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A socket address of any family.
 *
 * <p>Every method that takes a {@link SocketAddress} accepts one of these, a resolved {@link InetSocketAddress} or a
 * {@link UnixDomainSocketAddress}. Every address has one text form, which {@link #parse} reads back: "192.0.2.1:80",
 * "[fe80::1%eth0]:80", "unix:/run/x", "unix:@abstract", "vsock:3:1024" ... (see sock.h, "Addresses" and "Families").
 * {@link Addresses} makes those of the other families.
 *
 * <p>Addresses are values: immutable, and equal if family and fields are.
 */
public final class SockAddress extends SocketAddress {
    /** The size of {@code struct sock_addr}, which never changes. */
    static final int SIZE = 136;

    private static final int NATIVE = 8;

    @Serial
    private static final long serialVersionUID = 1;

    /** The bytes of {@code struct sock_addr}. */
    private final byte[] bytes;

    private SockAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A constructor of sock.h. */
    interface Maker {
        int make(Arena arena, MemorySegment out);
    }

    static SockAddress made(Maker maker) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(SIZE, 8);
            int code = maker.make(arena, out);
            if (code < 0) {
                throw Errors.argument(code);
            }
            return read(out);
        }
    }

    /** Reads an address that the library wrote. */
    static SockAddress read(MemorySegment from) {
        byte[] bytes = new byte[SIZE];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, 0, bytes, 0, SIZE);
        return new SockAddress(bytes);
    }

    /** Copies an address to native memory. */
    MemorySegment write(MemorySegment to) {
        MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, 0, SIZE);
        return to;
    }

    private <T> T with(java.util.function.Function<MemorySegment, T> use) {
        try (Scratch scratch = Scratch.take()) {
            return use.apply(write(scratch.address2));
        }
    }

    /**
     * Makes the address of a numeric host and a port.
     *
     * @param host "192.0.2.1", "2001:db8::1" or "fe80::1%eth0"; "" is 0.0.0.0
     * @param port 0 to 65535
     * @throws IllegalArgumentException if the host is not numeric, or the port is out of range
     */
    public static SockAddress ip(String host, int port) {
        return made((arena, out) -> NativeAddress.addrIp(Native.string(arena, "host", host), port, out));
    }

    /** Makes an AF_UNIX address from a path; the empty path is the unnamed address. */
    public static SockAddress unix(String path) {
        return unix(path.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes an AF_UNIX address from a path. */
    public static SockAddress unix(Path path) {
        return unix(path.toString());
    }

    /** Makes an AF_UNIX address from bytes: a path, or an abstract name with its leading NUL. */
    public static SockAddress unix(byte[] name) {
        return made((arena, out) ->
                NativeAddress.addrUnix(arena.allocateFrom(ValueLayout.JAVA_BYTE, name), name.length, out));
    }

    /** Makes an AF_UNIX address from an abstract name, without its leading NUL; the name may contain NULs. */
    public static SockAddress unixAbstract(String name) {
        return unix(("\0" + name).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes an address from its text form.
     *
     * @throws IllegalArgumentException if the text has none of the forms, with the faulty part in the message
     */
    public static SockAddress parse(String text) {
        return made((arena, out) -> NativeAddress.addrParse(Native.string(arena, "text", text), out));
    }

    /** Makes an address from a native {@code struct sockaddr} of any family, 0 to 128 bytes. */
    public static SockAddress ofNative(byte[] sockaddr) {
        return made((arena, out) -> NativeAddress.addrFromNative(
                arena.allocateFrom(ValueLayout.JAVA_BYTE, sockaddr), sockaddr.length, out));
    }

    /**
     * Converts an address of the JDK.
     *
     * @throws IllegalArgumentException for an unresolved address or a class that libsock does not know
     */
    public static SockAddress of(SocketAddress address) {
        return switch (address) {
            case SockAddress own -> own;
            case InetSocketAddress inet when !inet.isUnresolved() ->
                ip(inet.getAddress().getHostAddress(), inet.getPort());
            case UnixDomainSocketAddress unix -> unix(unix.getPath());
            case null -> throw new NullPointerException("address");
            default -> throw Errors.argument("address: " + address + " is unresolved or of an unknown class");
        };
    }

    /** Returns the address family: {@code Constants.AF_INET} ...; AF_UNSPEC for the empty address. */
    public int family() {
        return with(NativeAddress::addrFamily);
    }

    /** Whether this is the empty address, which results when the kernel names none. */
    public boolean isEmpty() {
        return bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 0;
    }

    /**
     * Returns the host of an AF_INET or AF_INET6 address as text, without its zone.
     *
     * @throws IllegalArgumentException for another family
     */
    public String host() {
        try (Scratch scratch = Scratch.take()) {
            ip(scratch);
            return scratch.text.getString(0);
        }
    }

    /**
     * Returns the port of an AF_INET or AF_INET6 address.
     *
     * @throws IllegalArgumentException for another family
     */
    public int port() {
        try (Scratch scratch = Scratch.take()) {
            ip(scratch);
            return (int) scratch.number(0);
        }
    }

    /** Returns the scope of an AF_INET6 address: the index of an interface, or 0. */
    public long scope() {
        try (Scratch scratch = Scratch.take()) {
            ip(scratch);
            return scratch.number(2);
        }
    }

    private void ip(Scratch scratch) {
        long length = NativeAddress.addrGetIp(write(scratch.address2), scratch.text, scratch.text.byteSize(),
                scratch.numbers[0], scratch.numbers[1], scratch.numbers[2]);
        if (length < 0) {
            throw Errors.argument((int) length);
        }
    }

    /**
     * Returns the name of an AF_UNIX address: a path, an abstract name with its leading NUL, or nothing.
     *
     * @throws IllegalArgumentException for another family
     */
    public byte[] unixName() {
        try (Scratch scratch = Scratch.take()) {
            long length = NativeAddress.addrGetUnix(write(scratch.address2), scratch.text, scratch.text.byteSize());
            if (length < 0) {
                throw Errors.argument((int) length);
            }
            return scratch.text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Returns the native {@code struct sockaddr}. */
    public byte[] toNative() {
        return with(address -> {
            int length = address.get(Native.INT, 0);
            return address.asSlice(NATIVE, length).toArray(ValueLayout.JAVA_BYTE);
        });
    }

    /**
     * Returns the JDK's address for this one: an {@link InetSocketAddress}, a {@link UnixDomainSocketAddress} if it is
     * a path, else this object.
     */
    public SocketAddress toSocketAddress() {
        int family = family();
        if (family == Constants.AF_INET || family == Constants.AF_INET6) {
            return toInetSocketAddress();
        }
        if (family == Constants.AF_UNIX) {
            byte[] name = unixName();
            if (name.length == 0 || name[0] != 0) {
                return UnixDomainSocketAddress.of(new String(name, StandardCharsets.UTF_8));
            }
        }
        return this;
    }

    /**
     * Returns the JDK's form of an AF_INET or AF_INET6 address.
     *
     * @throws IllegalArgumentException for another family
     */
    public InetSocketAddress toInetSocketAddress() {
        try (Scratch scratch = Scratch.take()) {
            ip(scratch);
            String host = scratch.text.getString(0);
            long scope = scratch.number(2);
            return new InetSocketAddress(InetAddress.getByName(scope == 0 ? host : host + "%" + scope),
                    (int) scratch.number(0));
        } catch (UnknownHostException e) {
            throw new AssertionError("a numeric host needs no lookup", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SockAddress that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Returns the text form, which {@link #parse} reads. */
    @Override
    public String toString() {
        try (Scratch scratch = Scratch.take()) {
            NativeAddress.addrFormat(write(scratch.address2), scratch.text, scratch.text.byteSize());
            return scratch.text.getString(0);
        }
    }
}
