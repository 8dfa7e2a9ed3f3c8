"""Where qemu's user emulation differs from the kernel, so that a test would test qemu.

Each reason was observed with the C library alone, without libsock, on a kernel that behaves correctly; those
about close_range and tracing follow from how the emulation works.
"""

OPTION = "qemu-user does not know the socket option"
CHILD = "qemu-user aborts when the child of a program with threads starts a thread"
DESCRIPTORS = "qemu-user leaves descriptors open for which a control message has no room"
NETLINK = "qemu-user has no NETLINK_GENERIC or NETLINK_USERSOCK"
TRACED = "strace and filters see the system calls of qemu, not those of the emulated program"

# {program: {test, or "" for all of them: why}}
LEFT_OUT = {
    "test_fork": {"": CHILD},
    "test_fork_hook": {"": CHILD},
    "test_fork_load": {"": CHILD},
    "test_fork_handlers": {"test_two_forks_at_once": OPTION},
    "test_fork_identity": {
        "test_a_child_that_shares_the_descriptors": "qemu-user refuses clone(2) with CLONE_FILES alone",
    },
    "test_control_kernel": {"receive_time_stamps": OPTION, "transmit_time_stamps": OPTION},
    "test_family": {"test_flowinfo_and_scope": OPTION},
    "test_resources": {
        "test_program_closes_all_descriptors": "close_range closes qemu's own descriptors too",
        "test_an_ending_thread_closes_only_its_own": "close_range closes qemu's own descriptors too",
    },
    "test_lookup_wait": {"test_fork": CHILD},
    "test_message": {
        "r94_gather_and_scatter": "qemu-user sends nothing for a message without buffers",
        "errors_of_the_kernel": "qemu-user copies 64 MiB of control data onto its stack",
    },
    "test_message_fds": {
        "r106_every_truncation_of_253_descriptors": DESCRIPTORS,
        "r112_recv_fds_of_every_capacity": DESCRIPTORS,
        "r107_errors_leave_no_descriptor": DESCRIPTORS,
    },
    "test_misuse": {"test_zero_lengths": "qemu-user refuses a NULL buffer of no bytes"},
    "test_option": {
        "test_three_forms_of_setting": "qemu-user refuses a NULL buffer of no bytes",
        "test_device": OPTION,
    },
    "test_option_multicast": {
        "test_every_way_to_name_the_interface": OPTION,
        "test_one_source": OPTION,
        "test_ipv6_and_its_zone": OPTION,
        "test_ipv6_delivers": OPTION,
        "test_refusals": OPTION,
    },
    "test_option_tcp": {
        "test_tcp_info_matches_the_kernel": "qemu-user returns four bytes of every option",
        "test_tcp_info_has_versions": "qemu-user returns four bytes of every option",
        "test_mptcp_and_its_fallback": OPTION,
    },
    "test_packet": {"test_promiscuous": OPTION},
    "test_ip_protocols": {"test_udplite": OPTION},
    "test_sendfile": {"test_through_memory_r129_r131": TRACED, "test_calls_of_a_gibibyte": TRACED},
    "test_signal": {"test_no_call_is_a_cancellation_point": "qemu-user creates a socket of type 99"},
    "test_vsock": {"test_options_of_64_bits": OPTION, "test_own_cid": "qemu-user does not know the ioctl"},
    "test_wake_ready": {"test_netlink": NETLINK, "test_other_pairs_return_at_once": NETLINK},
}


# On 32 bits the program's way of calling does not work, with an emulator or without.
CALLS = "it calls every function as if each argument were as wide as a register"
BITS_32 = {"test_conventions": {"": CALLS}}
# A 64-bit kernel translates control data of 32-bit programs first.
TRANSLATED = {
    **BITS_32,
    "test_batch": {"test_enobufs": "for a 32-bit program the kernel answers ENOMEM to too much control data"},
    "test_message": {"errors_of_the_kernel": "for a 32-bit program the kernel looks at the headers before the amount"},
}
# Of single emulators. The numbers in control messages and in these options are not brought into the other byte order.
SWAPPED = "qemu-user leaves the bytes of this control message as they are"
BIG_ENDIAN = {
    "test_batch": {"test_control_per_datagram": SWAPPED},
    "test_control_kernel": {
        "packet_info_v4": SWAPPED,
        "packet_info_v6": SWAPPED,
        "ttl_and_tos_v4": SWAPPED,
        "ttl_and_tos_v6": SWAPPED,
        "segmentation_offload": SWAPPED,
    },
    "test_option_tcp": {"test_congestion_control": "qemu-user takes every option of TCP for a number"},
}
OFFENDER = "qemu-user does not write the offender's address for 32-bit programs"
ARM = {**BITS_32, "test_control_kernel": {"error_queue_v4": OFFENDER, "error_queue_v6": OFFENDER}}


def with_skips(more):
    """LEFT_OUT, and what one emulator lacks besides."""
    return {program: {**LEFT_OUT.get(program, {}), **more.get(program, {})} for program in {**LEFT_OUT, **more}}
