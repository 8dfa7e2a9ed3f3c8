package libsock;

/** What a {@link Poller} can hold: {@link Sock}, {@link ServerSock}, {@link CancelToken}, {@link Descriptor}. */
public sealed interface Pollable permits SockChannel, CancelToken, Descriptor {
    /** Returns libsock's handle, for other code that calls libsock; for a descriptor, its number. */
    long handle();
}
