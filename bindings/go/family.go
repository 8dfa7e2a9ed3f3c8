package sock

import "net"

// familyNetworks are the networks of families that package net does not have, and the type of their sockets.
var familyNetworks = map[string]int{}

// fromFamily is the address of a family that has a type of its own here.
func fromFamily(sa *nativeAddr) net.Addr { return nil }
