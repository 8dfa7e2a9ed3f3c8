#include "binding.h"

VALUE mSock, cBasicSocket, cToken;

void Init_sock(void)
{
    mSock = rb_define_module("Sock");
    cBasicSocket = rb_define_class_under(mSock, "BasicSocket", rb_cObject);
    init_error();
    init_value();
    init_wait();
    init_socket();
    init_transfer();
    init_message();
    init_batch();
    init_lookup();
    init_move();
    init_netdb();
    init_poller();
}
