'use strict'

// Tells binding.gyp where libsock is: an installed one that pkg-config knows, or the tree's, which cargo builds.
// LIBSOCK=tree skips the installed one; LIBSOCK_TREE is the tree's directory, if the package is not in it. Some versions
// of npm 9, such as Debian's, copy the package instead of linking it: then npm_package_resolved says from where.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const copied = /^file:(.*)/.exec(process.env.npm_package_resolved ?? '')?.[1]
const tree = process.env.LIBSOCK_TREE ?? path.resolve(copied ?? path.dirname(__dirname), '../..')

function pkgConfig (...words) {
  try {
    return execFileSync('pkg-config', [...words, 'sock'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

function installed () {
  if (process.env.LIBSOCK === 'tree' || pkgConfig('--exists') === null) return null
  return { include: pkgConfig('--variable=includedir'), library: pkgConfig('--variable=libdir'), bundle: 'no' }
}

function built () {
  const library = path.join(tree, 'build/lib')
  if (!fs.existsSync(path.join(tree, 'Cargo.toml'))) throw new Error('libsock is not installed: see README.md')
  if (!fs.existsSync(path.join(library, 'libsock.so.0'))) {
    // npm's own variables, and node-gyp's make, are none of the tree's make's business.
    const { MAKEFLAGS, MAKELEVEL, ...env } = process.env
    execFileSync('make', ['-C', tree, 'all'], { env, stdio: ['ignore', 2, 2] })
  }
  return { include: path.join(tree, 'include'), library, bundle: 'yes' }
}

console.log((installed() ?? built())[process.argv[2]])
