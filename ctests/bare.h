/* System calls without the C library, as a baseline for measurements: one function, one `syscall`
 * instruction, no errno, no cancellation point. The result is the kernel's: -errno on failure. */
#ifndef SOCK_BARE_H
#define SOCK_BARE_H

#include <stddef.h>
#include <sys/syscall.h>

static inline long bare_call6(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "no bare system call for this architecture yet"
#endif
}

/* Real functions with all their arguments, like those of the C library. */
#if defined(__clang__)
#define BARE_FUNCTION __attribute__((noinline, unused)) static
#else
#define BARE_FUNCTION __attribute__((noipa, unused)) static
#endif

BARE_FUNCTION long bare_send(int fd, const void *data, size_t len, int flags)
{
    return bare_call6(SYS_sendto, fd, (long)data, (long)len, flags, 0, 0);
}

BARE_FUNCTION long bare_recv(int fd, void *buffer, size_t len, int flags)
{
    return bare_call6(SYS_recvfrom, fd, (long)buffer, (long)len, flags, 0, 0);
}

#endif
