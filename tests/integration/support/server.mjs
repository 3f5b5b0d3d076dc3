// The real server: its own process, its own data directory, a port that the kernel picks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { binary, cli } from './cli.mjs';
import { within } from './mailbox.mjs';
import { Rest } from './rest.mjs';

const READY_MS = 30000;
const STOP_MS = 30000;

/** Servers that run: none outlives the tests, even those that are broken off. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
process.on('SIGTERM', () => process.exit(143));

export class Server {
  #root;
  #child = null;
  #log = '';
  #args;

  /** args: further arguments of `magpie serve`. */
  static async start({ args = [] } = {}) {
    const server = new Server();
    server.#root = await mkdtemp(path.join(os.tmpdir(), 'magpie-test-'));
    server.#args = args;
    try {
      await server.#spawn('127.0.0.1:0');
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get dataDir() {
    return path.join(this.#root, 'data');
  }

  /** 127.0.0.1:PORT; kept by a restart. */
  address = '';

  get url() {
    return `http://${this.address}`;
  }

  /** 127.0.0.1:PORT of the admin API; kept by a restart. */
  adminAddress = '127.0.0.1:0';

  get adminUrl() {
    return `http://${this.adminAddress}/admin/v1`;
  }

  get wsUrl() {
    return `ws://${this.address}`;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** What it wrote to its log, over all its starts. */
  get log() {
    return this.#log;
  }

  async #spawn(listen) {
    const ready = path.join(this.#root, 'ready');
    await rm(ready, { force: true });
    const child = spawn(
      binary,
      [
        ...['serve', '--data', this.dataDir, '--listen', listen, '--ready-file', ready],
        ...['--admin-listen', this.adminAddress, ...this.#args],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    running.add(child);
    child.on('exit', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => (this.#log += data));
    const addresses = await this.#ready(child, ready);
    this.address = addresses.http;
    this.adminAddress = addresses.admin ?? this.adminAddress;
  }

  /** The ready file's text holds the address; it is written when the server accepts. */
  async #ready(child, file) {
    const changed = new AbortController();
    const ended = once(child, 'exit', { signal: changed.signal }).then(([status, signal]) => {
      throw new Error(`magpie serve ended with ${status ?? signal}\n${this.#log}`);
    });
    const written = new Promise((resolve, reject) => {
      const look = () =>
        readFile(file, 'utf8').then(
          (text) => {
            if (text) resolve(JSON.parse(text));
          },
          () => {},
        );
      const watcher = watch(path.dirname(file), { signal: changed.signal }, look);
      watcher.on('error', (error) => error.name !== 'AbortError' && reject(error));
      child.on('error', reject);
      look();
    });
    ended.catch(() => {});
    try {
      return await within(Promise.race([written, ended]), READY_MS, `ready file\n${this.#log}`);
    } finally {
      changed.abort();
    }
  }

  /** Ends it in order; rejects if it does not end well. */
  async stop() {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await within(ended, STOP_MS, `magpie serve to stop\n${this.#log}`).catch((error) => {
        child.kill('SIGKILL');
        throw error;
      });
    }
    if (child.exitCode !== 0)
      throw new Error(`magpie serve: ${child.exitCode ?? child.signalCode}\n${this.#log}`);
  }

  /** Ends it without a chance to write anything more. */
  async kill9() {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await within(ended, STOP_MS, 'magpie serve to be killed');
  }

  /** Starts it again on the same data and the same port; stops it before if it runs. */
  async restart() {
    await this.stop();
    await this.#spawn(this.address);
  }

  /** Stops it and forgets its data. For after(). */
  async remove() {
    try {
      await this.stop();
    } finally {
      await this.kill9();
      await rm(this.#root, { recursive: true, force: true });
    }
  }

  cli(...args) {
    return cli(this.dataDir, ...args);
  }

  /** A new app: { sdkappid, key, rest } where rest calls as its administrator. */
  async app(name = 'test') {
    const { sdkappid, key } = await this.cli('app', 'create', '--name', name);
    const app = { sdkappid, key };
    return { ...app, rest: new Rest(this, app) };
  }
}
