// WebSocket frames byte by byte over a plain TCP socket, for what no library would send.
import { once } from 'node:events';
import net from 'node:net';
import { randomBytes } from 'node:crypto';

import { Mailbox, within } from './mailbox.mjs';

const REPLY_MS = 10000;

export const TEXT = 1;
export const BINARY = 2;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A client's frame; every rule of RFC 6455 §5.2 can be broken by an option. */
export function frame(opcode, payload, { fin = true, reserved = 0, masked = true, length } = {}) {
  const body = Buffer.from(payload);
  const n = length ?? BigInt(body.length);
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (n < 126n) head.push(mask | Number(n));
  else if (n < 65536n) head.push(mask | 126, Number(n >> 8n), Number(n & 255n));
  else {
    head.push(mask | 127);
    for (let shift = 56n; shift >= 0n; shift -= 8n) head.push(Number((n >> shift) & 255n));
  }
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, body.map((byte, i) => byte ^ key[i & 3])]);
}

export class RawSocket {
  #bytes = Buffer.alloc(0);
  #upgraded;
  /** { opcode, payload } as they came. */
  frames = new Mailbox();
  closeCode = null;

  /** socket: a connection that exists already, as one of TLS. */
  constructor(server, socket) {
    const [host, port] = server.address.split(':');
    this.socket = socket ?? net.connect(Number(port), host);
    this.socket.on('error', () => {}); // 'close' follows
    this.closed = once(this.socket, 'close');
    this.#upgraded = new Promise((resolve) => (this.onHead = resolve));
    this.socket.on('data', (data) => this.#on(data));
  }

  static async open(server, app, socket) {
    const raw = new RawSocket(server, socket);
    raw.app = app;
    raw.write(
      `GET /binfo?sdkappid=${app.sdkappid} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const head = await within(raw.#upgraded, REPLY_MS, 'upgrade');
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head);
    return raw;
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  #on(data) {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    if (this.onHead) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.onHead(this.#bytes.subarray(0, end).toString());
      this.onHead = null;
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    while (this.#next());
  }

  #next() {
    const b = this.#bytes;
    if (b.length < 2) return false;
    const short = b[1] & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (b.length < head) return false;
    const n = short < 126 ? short : short === 126 ? b.readUInt16BE(2) : Number(b.readBigUInt64BE(2));
    if (b.length < head + n) return false;
    const got = { opcode: b[0] & 15, payload: Buffer.from(b.subarray(head, head + n)) };
    if (got.opcode === CLOSE) this.closeCode = n >= 2 ? got.payload.readUInt16BE(0) : 1005;
    this.frames.put(got);
    this.#bytes = b.subarray(head + n);
    return true;
  }

  next(opcode) {
    return this.frames.take((one) => one.opcode === opcode, REPLY_MS, `a frame of kind ${opcode}`);
  }

  /** The code of the server's close frame; answers it, and waits for the end of the socket. */
  async closes() {
    const { payload } = await this.next(CLOSE);
    this.socket.end(frame(CLOSE, payload));
    await within(this.closed, REPLY_MS, 'the end of the socket');
    return this.closeCode;
  }

  request(servcmd, body = {}, head = {}, seq = 1) {
    return JSON.stringify({ head: { servcmd, seq, sdkappid: this.app.sdkappid, ...head }, body });
  }

  /** The reply's body to one request in one frame. */
  async call(servcmd, body, head) {
    this.write(frame(BINARY, this.request(servcmd, body, head)));
    return this.reply();
  }

  async reply() {
    const data = ({ opcode }) => opcode === BINARY || opcode === TEXT;
    const { payload } = await this.frames.take(data, REPLY_MS, 'a reply');
    return JSON.parse(payload.toString()).body;
  }

  drop() {
    this.socket.destroy();
  }
}
