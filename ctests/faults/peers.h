/* Whom the scenarios talk to: a process of its own, outside the filter, in a network of its own, from which no
 * lookup leaves. */
#ifndef SOCK_FAULTS_PEERS_H
#define SOCK_FAULTS_PEERS_H

/* Enters a namespace, and starts there a TCP server that sends back what it gets and a DNS server that knows
 * localhost. Returns why that cannot be, or NULL. */
const char *peers_start(void);

#endif
