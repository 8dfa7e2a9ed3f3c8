"""How this Python's `_ssl` reports a connection that was reset: called by the extension, once."""


def hides_resets():
    """Whether a read reports a reset as the end of the stream, as the ssl of Python 3.10 and some later ones does."""
    import ssl

    from . import _socket

    # `_ssl` needs weak references.
    subclass = type("Socket", (_socket.socket,), {})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    one, other = _socket.socketpair()
    one = subclass(fileno=one.detach())
    try:
        # A socket of AF_UNIX is reset if its peer closes with data unread.
        one.send(b"x")
        other.close()
        context._wrap_socket(one, True).read(1)
    except ssl.SSLEOFError:
        return True
    except OSError:
        return False
    finally:
        one.close()
        other.close()
    return False
