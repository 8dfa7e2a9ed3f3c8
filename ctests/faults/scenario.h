/* What a scenario is written in: a function that makes calls of libsock, each in a region where one of its
 * system calls or allocations may fail. A call that fails ends the scenario; what was made is closed by the
 * harness, in a region too. */
#ifndef SOCK_FAULTS_SCENARIO_H
#define SOCK_FAULTS_SCENARIO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "notify.h"
#include "sock.h"

struct scenario {
    const char *name;
    void (*run)(void);
};

/* Each ends with a NULL name; main.c lists them again. */
extern const struct scenario address_scenarios[];
extern const struct scenario batch_scenarios[];
extern const struct scenario dial_scenarios[];
extern const struct scenario limit_scenarios[];
extern const struct scenario message_scenarios[];
extern const struct scenario name_scenarios[];
extern const struct scenario option_scenarios[];
extern const struct scenario poller_scenarios[];
extern const struct scenario process_scenarios[];
extern const struct scenario server_scenarios[];
extern const struct scenario socket_scenarios[];
extern const struct scenario splice_scenarios[];
extern const struct scenario stream_scenarios[];
extern const struct scenario transfer_scenarios[];
extern const struct scenario planted_scenarios[];

/* A call that succeeds unless a fault hits it; its result goes to `out`. */
#define TRY(out, call)                                        \
    do {                                                      \
        region_begin();                                       \
        (out) = (call);                                       \
        region_end();                                         \
        if (!call_ended((long long)(out), 0, false, #call))   \
            return;                                           \
    } while (0)

/* The same without a result that matters. */
#define DO(call)                                              \
    do {                                                      \
        region_begin();                                       \
        long long result_ = (long long)(call);                \
        region_end();                                         \
        if (!call_ended(result_, 0, false, #call))            \
            return;                                           \
    } while (0)

/* A call that fails with `code` unless a fault hits it. */
#define EXPECT(call, code)                                    \
    do {                                                      \
        region_begin();                                       \
        long long result_ = (long long)(call);                \
        region_end();                                         \
        if (!call_ended(result_, (code), true, #call))        \
            return;                                           \
    } while (0)

/* A call that makes a handle, which the harness closes. */
#define OPEN(out, call)  \
    do {                 \
        TRY(out, call);  \
        keep(out);       \
    } while (0)

/* Two connected stream sockets, which the harness closes. */
#define PAIR(pair)                                          \
    do {                                                    \
        DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair)); \
        keep(pair[0]);                                      \
        keep(pair[1]);                                      \
    } while (0)

/* What holds whether a fault hit or not. */
#define HOLDS(condition)                              \
    do {                                              \
        if (!(condition)) {                           \
            finding("%s does not hold", #condition);  \
            return;                                   \
        }                                             \
    } while (0)

bool call_ended(long long result, long long expected, bool must_fail, const char *call);
void keep(int64_t handle);     /* closed at the end, last first */
void keep_fd(int fd);          /* likewise, with close(2) */
void forget(int64_t handle);   /* is closed already */
int file_with(const char *bytes, size_t len); /* without a name, at its beginning; closed at the end */
__attribute__((format(printf, 1, 2))) void finding(const char *format, ...);

/* A TCP server of the harness, outside the filter: sends back what it gets, 1 ms later. */
extern struct sock_addr echo_address;
extern const char *echo_port;
void own_sleep_ms(double ms);

/* Threads of a scenario, under the filter. */
struct helper {
    unsigned long id;
    void (*run)(void *);
    void *arg;
};
bool helper_start(struct helper *h, void (*run)(void *), void *arg);
void helper_join(struct helper *h);

#endif
