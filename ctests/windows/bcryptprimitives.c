/* Stands in for a library of Windows that wine 8.0 lacks and Rust's standard library imports. For tests only: it lies
 * beside the test programs and is never installed. */
#include <windows.h>

BOOLEAN WINAPI SystemFunction036(void *buffer, ULONG len);

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *data, size_t len)
{
    return SystemFunction036(data, (ULONG)len);
}
