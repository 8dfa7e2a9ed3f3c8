package libsock;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A selector over a poller. */
final class NioSelector extends AbstractSelector {
    private final Poller poller = new Poller();
    private final Set<SelectionKey> keys = ConcurrentHashMap.newKeySet();
    private final Set<SelectionKey> selected = new HashSet<>();
    private final Set<SelectionKey> selectedView = new RemoveOnly(selected);
    private final AtomicBoolean woken = new AtomicBoolean();

    /** What the channels of this provider have in common. */
    interface Channel {
        Sock sock();
    }

    NioSelector(SelectorProvider provider) throws IOException {
        super(provider);
    }

    /** A key; its interest is what the poller waits for. */
    private static final class Key extends AbstractSelectionKey {
        private final NioSelector selector;
        private final SelectableChannel channel;
        private final Sock sock;
        private volatile int interest;
        private volatile int ready;
        private boolean polled;

        Key(NioSelector selector, SelectableChannel channel, int interest) {
            this.selector = selector;
            this.channel = channel;
            this.interest = interest;
            sock = ((Channel) channel).sock();
        }

        private void valid() {
            if (!isValid()) {
                throw new CancelledKeyException();
            }
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return selector;
        }

        @Override
        public int interestOps() {
            valid();
            return interest;
        }

        @Override
        public SelectionKey interestOps(int ops) {
            valid();
            if ((ops & ~channel.validOps()) != 0) {
                throw new IllegalArgumentException("ops: " + ops);
            }
            synchronized (this) {
                if (interest != ops) {
                    interest = ops;
                    poll();
                }
            }
            return this;
        }

        /** Tells the poller about the interest. Without any, it must not report errors either. */
        private void poll() {
            int bits = bits();
            try {
                if (polled && bits == 0) {
                    selector.poller.remove(sock);
                } else if (polled) {
                    selector.poller.modify(sock, bits, this);
                } else if (bits != 0) {
                    selector.poller.add(sock, bits, this);
                }
                polled = bits != 0;
            } catch (IOException e) {
                // The channel was closed meanwhile.
                cancel();
            }
        }

        @Override
        public int readyOps() {
            valid();
            return ready;
        }

        int bits() {
            boolean in = (interest & (OP_READ | OP_ACCEPT)) != 0;
            boolean out = (interest & (OP_WRITE | OP_CONNECT)) != 0;
            return (in ? Poller.IN : 0) | (out ? Poller.OUT : 0);
        }

        /** Translates events; errors make every operation ready that would report them. */
        int ops(int events) {
            int ops = 0;
            if ((events & ~Poller.OUT) != 0) {
                ops |= OP_READ | OP_ACCEPT;
            }
            if ((events & ~Poller.IN) != 0) {
                ops |= OP_WRITE | OP_CONNECT;
            }
            return ops & interest;
        }
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        if (!(channel instanceof Channel)) {
            throw new IllegalSelectorException();
        }
        Key key = new Key(this, channel, ops);
        key.attach(attachment);
        keys.add(key);
        key.poll();
        return key;
    }

    @Override
    public Set<SelectionKey> keys() {
        mustBeOpen();
        return Collections.unmodifiableSet(keys);
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        mustBeOpen();
        return selectedView;
    }

    private void mustBeOpen() {
        if (!isOpen()) {
            throw new ClosedSelectorException();
        }
    }

    @Override
    public int selectNow() throws IOException {
        return selectWithin(Duration.ZERO);
    }

    @Override
    public int select(long millis) throws IOException {
        return selectWithin(millis == 0 ? null : Duration.ofMillis(millis));
    }

    @Override
    public int select() throws IOException {
        return selectWithin(null);
    }

    private int selectWithin(Duration limit) throws IOException {
        mustBeOpen();
        synchronized (this) {
            synchronized (selectedView) {
                dropCanceled();
                int changed = 0;
                try {
                    begin();
                    for (Poller.Event event : poller.await(limit)) {
                        changed += deliver(event);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (ClosedChannelException e) {
                    mustBeOpen();
                    throw e;
                } finally {
                    end();
                }
                dropCanceled();
                return changed;
            }
        }
    }

    private int deliver(Poller.Event event) {
        if (event.source() == null) {
            woken.set(false);
            return 0;
        }
        Key key = (Key) event.attachment();
        if (event.closed()) {
            key.cancel();
            return 0;
        }
        int ops = key.isValid() ? key.ops(event.events()) : 0;
        if (ops == 0) {
            return 0;
        }
        if (selected.add(key)) {
            key.ready = ops;
            return 1;
        }
        int before = key.ready;
        key.ready |= ops;
        return before == key.ready ? 0 : 1;
    }

    private void dropCanceled() {
        Set<SelectionKey> canceled = cancelledKeys();
        synchronized (canceled) {
            for (SelectionKey key : canceled) {
                drop((Key) key);
            }
            canceled.clear();
        }
    }

    private void drop(Key key) {
        synchronized (key) {
            if (key.polled) {
                try {
                    poller.remove(key.sock);
                } catch (IOException e) {
                    // Closed: nothing more comes of it.
                }
                key.polled = false;
            }
        }
        keys.remove(key);
        selected.remove(key);
        deregister(key);
    }

    @Override
    public Selector wakeup() {
        if (woken.compareAndSet(false, true)) {
            try {
                poller.wake();
            } catch (IOException e) {
                // Closed: nobody waits.
            }
        }
        return this;
    }

    @Override
    protected void implCloseSelector() {
        wakeup();
        synchronized (this) {
            synchronized (selectedView) {
                for (SelectionKey key : keys) {
                    key.cancel();
                }
                dropCanceled();
                poller.close();
            }
        }
    }

    /** The selected keys: programs may remove some, and add none. */
    private static final class RemoveOnly extends AbstractSet<SelectionKey> {
        private final Set<SelectionKey> set;

        RemoveOnly(Set<SelectionKey> set) {
            this.set = set;
        }

        @Override
        public Iterator<SelectionKey> iterator() {
            return set.iterator();
        }

        @Override
        public int size() {
            return set.size();
        }

        @Override
        public boolean contains(Object key) {
            return set.contains(key);
        }

        @Override
        public boolean remove(Object key) {
            return set.remove(key);
        }

        @Override
        public boolean removeAll(Collection<?> all) {
            return set.removeAll(all);
        }

        @Override
        public void clear() {
            set.clear();
        }
    }
}
