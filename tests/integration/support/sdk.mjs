// The official client SDK, unmodified, with promises for its events.
import { createRequire } from 'node:module';

import { WebSocket } from 'ws';

import { Mailbox, within } from './mailbox.mjs';
import { userSig } from './rest.mjs';

const EVENT_MS = 15000;
const NOT_LOGGED_IN = 2024;
const require = createRequire(import.meta.url);

/** What one SDK instance sent and got, over all its sockets. */
class Track {
  user = null;
  claimed = false;
  sockets = [];
  /** { out, servcmd, body } in order. */
  frames = [];
  /** What it sends while held, to be sent later; null when it is not held. */
  held = null;
}

const tracks = new Map(); // by the instanceid in the socket's address

/** The only shim: Node has no WebSocket that the SDK accepts. It also notes every frame. */
class NotingWebSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols);
    const id = new URL(address).searchParams.get('instanceid');
    if (!tracks.has(id)) tracks.set(id, new Track());
    this.track = tracks.get(id);
    this.track.sockets.push(this);
    this.on('message', (data) => this.#note(false, data));
    this.on('error', () => {}); // the SDK lets go of a socket that it still opens
  }

  #note(out, data) {
    const { head, body } = JSON.parse(Buffer.from(data).toString());
    if (out && head.servcmd === 'im_open_status.wslogin' && head.identifier)
      this.track.user = `${head.sdkappid} ${head.identifier}`;
    this.track.frames.push({ out, servcmd: head.servcmd, body });
    if (process.env.MAGPIE_TEST_FRAMES)
      console.error(out ? '>' : '<', this.track.user, head.servcmd, JSON.stringify(body));
  }

  send(data, ...rest) {
    if (this.track.held) {
      this.track.held.push(() => this.send(data, ...rest));
      return;
    }
    this.#note(true, data);
    super.send(data, ...rest);
  }
}
globalThis.WebSocket = NotingWebSocket;

// Some of the SDK's intervals outlive its destroy(); they must not keep the process.
const { setInterval } = globalThis;
globalThis.setInterval = (...args) => setInterval(...args).unref();

/** The SDK keeps one instance for an SDKAppID, so each client gets a module of its own. */
function freshSdk() {
  const name = require.resolve('@tencentcloud/chat');
  delete require.cache[name];
  return require(name);
}

/** The SDK logs much before its log level can be set. */
function quietly(run) {
  const { log, info, warn } = console;
  console.log = console.info = console.warn = () => {};
  try {
    return run();
  } finally {
    Object.assign(console, { log, info, warn });
  }
}

export class SdkClient {
  #events = new Mailbox();
  #track;
  #closed = false;

  constructor(server, app, user) {
    this.sdk = quietly(freshSdk);
    this.app = app;
    this.user = user;
    this.chat = quietly(() =>
      this.sdk.create({ SDKAppID: app.sdkappid, proxyServer: server.wsUrl }),
    );
    this.chat.setLogLevel(4);
    for (const name of Object.values(this.sdk.EVENT))
      this.chat.on(name, ({ data }) => this.#events.put({ name, data }));
  }

  /** A client that is ready for calls. */
  static async ready(server, app, user) {
    const client = new SdkClient(server, app, user);
    await client.login();
    return client;
  }

  /** A client that never logs in, to look into live rooms; while no other is being made. */
  static guest(server, app) {
    return new SdkClient(server, app, 'a guest');
  }

  async login(sig = userSig(this.app, this.user)) {
    const answer = await within(
      this.chat.login({ userID: this.user, userSig: sig }),
      EVENT_MS,
      `login of ${this.user}`,
    );
    const mine = (track) => track.user === `${this.app.sdkappid} ${this.user}`;
    this.#track ??= [...tracks.values()].find((track) => mine(track) && !track.claimed);
    this.#track.claimed = true;
    await this.next('SDK_READY');
    return answer;
  }

  /** Resolves when the lists that a login asks for are there: the SDK lets go of a group and of a
   *  conversation that it hears of before. */
  async synced() {
    while (!(await this.chat.getConversationList()).data.isSyncCompleted)
      await this.next('CONVERSATION_LIST_UPDATED');
    while (!(await this.chat.getGroupList()).data.isSyncCompleted)
      await this.next('GROUP_LIST_UPDATED');
  }

  /** The next event of that name (a key of EVENT) that matches; resolves its data. */
  async next(name, match = () => true, ms = EVENT_MS) {
    const event = this.sdk.EVENT[name];
    const item = await this.#events.take(
      (one) => one.name === event && match(one.data),
      ms,
      `${name} at ${this.user}`,
    );
    return item.data;
  }

  /** The next received message that matches. */
  async message(match = () => true) {
    const wanted = (list) => list.some(match);
    return (await this.next('MESSAGE_RECEIVED', wanted)).find(match);
  }

  /** Events of that name that came and were not taken. */
  seen(name) {
    const event = this.sdk.EVENT[name];
    return this.#events.peek((one) => one.name === event).map((one) => one.data);
  }

  forget() {
    this.#events.clear();
  }

  text(to, text, more = {}) {
    const { CONV_C2C } = this.sdk.TYPES;
    return this.chat.createTextMessage({ to, conversationType: CONV_C2C, payload: { text }, ...more });
  }

  /** Sends a text; resolves the sent message. */
  async sendText(to, text, more) {
    return (await this.chat.sendMessage(this.text(to, text, more))).data.message;
  }

  async history(peer, more = {}) {
    return (await this.chat.getMessageList({ conversationID: `C2C${peer}`, ...more })).data;
  }

  async conversations() {
    return (await this.chat.getConversationList()).data.conversationList;
  }

  /** The conversation with that account as soon as it is so: the SDK updates it a little after
   *  the event of a message. */
  async conversation(peer, match = () => true) {
    for (;;) {
      const all = await this.conversations();
      const found = all.find((one) => one.conversationID === `C2C${peer}` && match(one));
      if (found) return found;
      await this.next('CONVERSATION_LIST_UPDATED');
    }
  }

  /** Resolves when there is no conversation with that account. */
  async noConversation(peer) {
    while ((await this.conversations()).some((one) => one.conversationID === `C2C${peer}`))
      await this.next('CONVERSATION_LIST_UPDATED');
  }

  /** A group of that type; resolves its ID. members: accounts beside this one, its owner. */
  async group(type, name, members = [], more = {}) {
    const memberList = members.length ? members.map((userID) => ({ userID })) : undefined;
    const { data } = await this.chat.createGroup({ type, name, memberList, ...more });
    return data.group.groupID;
  }

  /** Sends a text to a group; resolves the sent message. options: of sendMessage. */
  async sayText(group, text, more = {}, options = undefined) {
    const message = this.chat.createTextMessage({
      to: group,
      conversationType: this.sdk.TYPES.CONV_GROUP,
      payload: { text },
      ...more,
    });
    return (await this.chat.sendMessage(message, options)).data.message;
  }

  /** The text of that group as soon as it is received. */
  heard(group, text) {
    return this.message(({ to, payload }) => to === group && payload.text === text);
  }

  async groupHistory(group, more = {}) {
    return (await this.chat.getMessageList({ conversationID: `GROUP${group}`, ...more })).data;
  }

  /** The conversation with that group as soon as it is so. */
  async groupConversation(group, match = () => true) {
    let last;
    for (;;) {
      const all = await this.conversations();
      last = all.find((one) => one.conversationID === `GROUP${group}`);
      if (last && match(last)) return last;
      await this.next('CONVERSATION_LIST_UPDATED').catch((error) => {
        const { unreadCount, lastMessage, isPinned, remindType } = last ?? {};
        const is = JSON.stringify({ unreadCount, lastMessage, isPinned, remindType });
        throw new Error(`the conversation of ${group} at ${this.user} is ${is}`, { cause: error });
      });
    }
  }

  /** Resolves when there is no conversation with that group. */
  async noGroupConversation(group) {
    while ((await this.conversations()).some((one) => one.conversationID === `GROUP${group}`))
      await this.next('CONVERSATION_LIST_UPDATED');
  }

  /** The group as this client has it in its list, as soon as it is so. */
  async listedGroup(group, match = () => true) {
    for (;;) {
      const { groupList } = (await this.chat.getGroupList()).data;
      const found = groupList.find((one) => one.groupID === group && match(one));
      if (found) return found;
      await this.next('GROUP_LIST_UPDATED');
    }
  }

  /** Resolves when that group is not in its list. */
  async noListedGroup(group) {
    const has = async () => (await this.chat.getGroupList()).data.groupList;
    while ((await has()).some((one) => one.groupID === group)) await this.next('GROUP_LIST_UPDATED');
  }

  /** The next tip of that group and kind (a key of TYPES behind GRP_TIP_). */
  tip(group, kind, match = () => true) {
    const operation = this.sdk.TYPES[`GRP_TIP_${kind}`];
    return this.message(
      (one) =>
        one.type === this.sdk.TYPES.MSG_GRP_TIP &&
        one.to === group &&
        one.payload.operationType === operation &&
        match(one),
    );
  }

  /** The next system notice of that ReportType about that group. */
  notice(group, report, match = () => true) {
    return this.message(
      (one) =>
        one.type === this.sdk.TYPES.MSG_GRP_SYS_NOTICE &&
        one.payload.operationType === report &&
        one.payload.groupProfile.groupID === group &&
        match(one),
    );
  }

  /** Frames of this client: { out, servcmd, body }. */
  get frames() {
    this.#track ??= [...tracks.values()].find((track) => !track.user && !track.claimed);
    this.#track.claimed = true;
    return this.#track.frames;
  }

  /** How often it sent each command. */
  get sent() {
    const counts = {};
    for (const { out, servcmd } of this.frames)
      if (out) counts[servcmd] = (counts[servcmd] ?? 0) + 1;
    return counts;
  }

  /** Cuts the connection, as a network does. */
  drop() {
    this.#track.sockets.at(-1).terminate();
  }

  /** Cuts the connection; the next one says nothing before back(). */
  away() {
    this.#track.held = [];
    this.drop();
  }

  back() {
    const { held } = this.#track;
    this.#track.held = null;
    for (const send of held) send();
  }

  /** Logs out if it is logged in, and ends. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.chat.destroy().catch((error) => {
      if (error.code !== NOT_LOGGED_IN) throw error;
    });
  }
}
