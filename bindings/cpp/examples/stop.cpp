// A worker that waits for messages until it is asked to stop: std::jthread and std::stop_token (C++20).
//
//     stop
#include <chrono>
#include <iostream>
#include <sock.hpp>
#include <thread>

using namespace std::chrono_literals;

static void work(std::stop_token stop, const sock::socket &s)
try {
    const sock::stop_cancel cancel(std::move(stop));
    s.set_cancel(cancel);
    for (char data[16];;) {
        const std::size_t count = s.recv(data);
        std::cout << "received '" << std::string_view(data, count) << "'" << std::endl;
    }
} catch (const sock::canceled_error &) {
    std::cout << "stopped" << std::endl;
}

int main()
{
    const auto [here, there] = sock::socketpair();
    std::jthread worker([&there = there](std::stop_token stop) { work(std::move(stop), there); });
    here.send_all("hello");
    std::this_thread::sleep_for(100ms);
} // requests the stop and joins
