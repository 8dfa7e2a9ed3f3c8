/* malloc and its kin in the place of the C library's, which they call: so that the n-th allocation inside a
 * region can fail, and blocks that are never freed are seen. The program's own symbols come before the C
 * library's, for libsock and for the C library alike. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "notify.h"
#include "sock.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *block);

static uintptr_t own_begin, own_end;
static long live;

static int in_libsock(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t known = (uintptr_t)&sock_version;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && known >= begin && known < begin + info->dlpi_phdr[i].p_memsz) {
            own_begin = begin;
            own_end = begin + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 0;
}

__attribute__((constructor)) static void find_libsock(void)
{
    dl_iterate_phdr(in_libsock, NULL);
}

long live_blocks(void)
{
    return __atomic_load_n(&live, __ATOMIC_SEQ_CST);
}

static bool fails(void *caller)
{
    bool own = (uintptr_t)caller >= own_begin && (uintptr_t)caller < own_end;
    if (!in_region() || !allocation_fails(own ? OWN_ALLOCATION : OTHER_ALLOCATION))
        return false;
    errno = ENOMEM;
    return true;
}

static void *made(void *block)
{
    if (block)
        __atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
    return block;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : made(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : made(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
    if (fails(__builtin_return_address(0)))
        return NULL;
    void *block = __libc_realloc(old, size);
    return old ? block : made(block);
}

void *memalign(size_t align, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : made(__libc_memalign(align, size));
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : made(__libc_memalign(align, size));
}

int posix_memalign(void **out, size_t align, size_t size)
{
    if (fails(__builtin_return_address(0)))
        return ENOMEM;
    void *block = made(__libc_memalign(align, size));
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

void free(void *block)
{
    if (block)
        __atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
    __libc_free(block);
}
