/* Versions: the functions agree with the macros of the header. */
#include "check.h"

#include <stdio.h>

static void test_versions_agree(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", SOCK_VERSION_MAJOR, SOCK_VERSION_MINOR, SOCK_VERSION_PATCH);
    CHECK_STR(sock_version(), text);
    CHECK_EQ(sock_version_number(), SOCK_VERSION_NUMBER);
    CHECK_EQ(SOCK_VERSION_NUMBER, SOCK_VERSION_MAJOR * 1000000 + SOCK_VERSION_MINOR * 1000 + SOCK_VERSION_PATCH);
    CHECK_EQ(sock_abi(), SOCK_ABI);
}

TEST_MAIN(test_versions_agree)
