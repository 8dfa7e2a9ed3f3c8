'use strict'

// The addon, and what its calls return beside their result: an address and numbers in shared memory (struct out).

const native = require('../build/Release/binding.node')

const ADDRESS = 136 // sizeof(struct sock_addr): length, zero, native form
const length = new Uint32Array(native.out, 0, 1)
const form = Buffer.from(native.out, 8, 128)
native.number = new Float64Array(native.out, ADDRESS, 8)
native.address = () => Buffer.from(form.subarray(0, length[0]))

module.exports = native
