// The WebSocket protocol by hand, for what the official SDK never sends and for exact shapes.
import { WebSocket } from 'ws';

import { Mailbox, within } from './mailbox.mjs';
import { userSig } from './rest.mjs';

const REPLY_MS = 10000;

export class RawClient {
  #socket;
  #seq = 1;
  #replies = new Mailbox();
  head = {};
  /** Bodies of pushes. */
  pushes = new Mailbox();
  /** Frames as they came: { binary, text }. */
  frames = [];

  static async open(server, app, { platform = 7, path = '/binfo', instance } = {}) {
    const client = new RawClient();
    const id = instance ?? [...Array(32)].map(() => Math.floor(Math.random() * 16).toString(16)).join('');
    client.app = app;
    client.platform = platform;
    client.#socket = new WebSocket(
      `${server.wsUrl}${path}?sdkappid=${app.sdkappid}&instanceid=${id}&random=${Math.random()}` +
        `&platform=${platform}&host=unknown&version=-1&sdkversion=3.6.6`,
      { perMessageDeflate: false },
    );
    client.#socket.on('message', (data, binary) => client.#on(data, binary));
    client.closed = new Promise((resolve) => {
      client.#socket.on('close', (code) => resolve(code));
    });
    await within(
      new Promise((resolve, reject) => {
        client.#socket.once('open', resolve);
        client.#socket.once('error', reject);
      }),
      REPLY_MS,
      'open socket',
    );
    client.#socket.on('error', () => {}); // 'close' follows and says it
    return client;
  }

  #on(data, binary) {
    const text = data.toString();
    this.frames.push({ binary, text });
    const frame = JSON.parse(text);
    if (frame.head.servcmd.startsWith('im_open_push.')) this.pushes.put(frame.body);
    else this.#replies.put(frame);
  }

  sendText(text) {
    this.#socket.send(Buffer.from(text));
  }

  sendBytes(bytes) {
    this.#socket._socket.write(bytes);
  }

  /** Sends without waiting; returns the seq of the request. */
  send(servcmd, body = {}, head = {}) {
    const seq = this.#seq++;
    this.sendText(
      JSON.stringify({
        head: {
          ver: 'v4',
          platform: this.platform,
          sdkappid: this.app.sdkappid,
          contenttype: 'json',
          reqtime: Math.floor(Date.now() / 1000),
          cs: 0,
          servcmd,
          seq,
          ...this.head,
          ...head,
        },
        body,
      }),
    );
    return seq;
  }

  reply(servcmd, seq) {
    return this.#replies
      .take(
        ({ head }) => head.servcmd === servcmd && head.seq === seq,
        REPLY_MS,
        `reply to ${servcmd}`,
      )
      .then((frame) => frame.body);
  }

  /** The reply's body, whatever its ErrorCode. */
  call(servcmd, body, head) {
    return this.reply(servcmd, this.send(servcmd, body, head));
  }

  async ok(servcmd, body, head) {
    const reply = await this.call(servcmd, body, head);
    if (reply.ErrorCode !== 0) throw new Error(`${servcmd}: ${JSON.stringify(reply)}`);
    return reply;
  }

  /** Later requests carry the a2 of this login. */
  async login(user, sig = userSig(this.app, user)) {
    const reply = await this.ok(
      'im_open_status.wslogin',
      { State: 'Online', is_web_uniapp: 0, InstType: 0, CustomInfo: '' },
      { identifier: user, usersig: sig },
    );
    this.user = user;
    this.head = { a2: reply.A2Key, tinyid: reply.TinyId, status_instid: reply.InstId };
    return reply;
  }

  /** The next push with an element that has this member; resolves that element. */
  async push(member, match = () => true) {
    const has = (element) => member in element && match(element);
    const body = await this.pushes.take(
      ({ EventArray }) => EventArray?.some(has),
      REPLY_MS,
      `push with ${member} to ${this.user}`,
    );
    return body.EventArray.find(has);
  }

  async close() {
    this.#socket.close();
    await within(this.closed, REPLY_MS, 'close of the socket');
  }

  /** Cuts the connection without a close frame. */
  drop() {
    this.#socket.terminate();
  }
}
