{
  # Where libsock is: scripts/find.js says, and builds it if need be.
  "variables": {
    "include": "<!(node scripts/find.js include)",
    "library": "<!(node scripts/find.js library)",
    "bundle": "<!(node scripts/find.js bundle)"
  },
  "targets": [{
    "target_name": "binding",
    "sources": [
      "src/address.c", "src/batch.c", "src/lookup.c", "src/message.c", "src/module.c", "src/netdb.c",
      "src/option.c", "src/socket.c", "src/transfer.c", "src/value.c", "src/wait.c"
    ],
    "include_dirs": ["<(include)"],
    "cflags": ["-std=gnu11", "-Wall", "-Wextra", "-fvisibility=hidden"],
    "libraries": ["<(library)/libsock.so"],
    "conditions": [
      ["bundle=='yes'", {
        # A copy beside the addon, so that the package works when the tree is gone.
        "ldflags": ["-Wl,-rpath,'$$ORIGIN'"],
        "actions": [{
          "action_name": "bundle",
          "inputs": ["<(library)/libsock.so.0"],
          "outputs": ["<(PRODUCT_DIR)/libsock.so.0"],
          "action": ["cp", "-L", "<@(_inputs)", "<@(_outputs)"]
        }]
      }, {
        "ldflags": ["-Wl,-rpath,<(library)"]
      }]
    ]
  }]
}
