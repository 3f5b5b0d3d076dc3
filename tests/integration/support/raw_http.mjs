// HTTP by hand: what an ordinary client never sends, and the answers as they came.
import net from 'node:net';
import tls from 'node:tls';

import { Mailbox, within } from './mailbox.mjs';

const ANSWER_MS = 10000;

export class RawHttp {
  #socket;
  #text = Buffer.alloc(0);
  #answers = new Mailbox();

  /** address: HOST:PORT; secure: options of tls.connect, or nothing for plain TCP. */
  static async open(address, secure) {
    const http = new RawHttp();
    const [host, port] = address.split(':');
    const where = { host, port: Number(port) };
    http.#socket = secure ? tls.connect({ ...where, ...secure }) : net.connect(where);
    http.#socket.on('data', (data) => http.#on(data));
    http.closed = new Promise((resolve) => http.#socket.on('close', () => resolve(true)));
    await within(
      new Promise((resolve, reject) => {
        http.#socket.once(secure ? 'secureConnect' : 'connect', resolve);
        http.#socket.once('error', reject);
      }),
      ANSWER_MS,
      `connection to ${address}`,
    );
    http.#socket.on('error', () => {}); // 'close' follows
    return http;
  }

  #on(data) {
    this.#text = Buffer.concat([this.#text, data]);
    while (this.#take());
  }

  /** Moves one whole answer from the text to the mailbox. */
  #take() {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [first, ...lines] = this.#text.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(':', 1)[0].toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
    );
    const bytes = Number(headers['content-length'] ?? 0);
    if (this.#text.length < end + 4 + bytes) return false;
    const body = this.#text.subarray(end + 4, end + 4 + bytes).toString();
    this.#text = this.#text.subarray(end + 4 + bytes);
    this.#answers.put({ status: Number(first.split(' ')[1]), headers, body });
    return true;
  }

  write(text) {
    this.#socket.write(text);
  }

  /** The next answer in order: { status, headers, body }. */
  answer() {
    return this.#answers.take(() => true, ANSWER_MS, 'HTTP answer');
  }

  /** Answers that came and were not taken. */
  get untaken() {
    return this.#answers.peek();
  }

  async json() {
    return JSON.parse((await this.answer()).body);
  }

  /** Resolves when the server has closed the connection. */
  ended() {
    return within(this.closed, ANSWER_MS, 'the server closes the connection');
  }

  close() {
    this.#socket.destroy();
  }
}
