// The REST interface as an app's own server uses it.
import { createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';

import TLSSigAPI from 'tls-sig-api-v2';

export const DAY_S = 86400;

export function userSig(app, user, expireSeconds = DAY_S) {
  return new TLSSigAPI.Api(app.sdkappid, app.key).genSig(user, expireSeconds);
}

/** A UserSig made at another time, which the official library cannot make (server-api §2.1). */
export function userSigAt(app, user, timeSeconds, expireSeconds = DAY_S) {
  const content =
    `TLS.identifier:${user}\nTLS.sdkappid:${app.sdkappid}\n` +
    `TLS.time:${timeSeconds}\nTLS.expire:${expireSeconds}\n`;
  const document = {
    'TLS.ver': '2.0',
    'TLS.identifier': user,
    'TLS.sdkappid': app.sdkappid,
    'TLS.time': timeSeconds,
    'TLS.expire': expireSeconds,
    'TLS.sig': createHmac('sha256', app.key).update(content).digest('base64'),
  };
  const substitutes = { '+': '*', '/': '-', '=': '_' };
  return deflateSync(JSON.stringify(document))
    .toString('base64')
    .replace(/[+/=]/g, (c) => substitutes[c]);
}

export class Rest {
  constructor(server, app, identifier = 'administrator') {
    this.server = server;
    this.app = app;
    this.identifier = identifier;
    this.sig = userSig(app, identifier);
  }

  /** The raw HTTP answer of `service/command`; query overrides parts of the query string. */
  fetch(command, body = {}, query = {}) {
    const parts = new URLSearchParams({
      sdkappid: this.app.sdkappid,
      identifier: this.identifier,
      usersig: this.sig,
      random: Math.floor(Math.random() * 2 ** 32),
      contenttype: 'json',
      ...query,
    });
    return fetch(`${this.server.url}/v4/${command}?${parts}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(10000),
    });
  }

  /** The answer's body, whatever its ErrorCode. */
  async call(command, body, query) {
    const response = await this.fetch(command, body, query);
    if (response.status !== 200) throw new Error(`${command}: HTTP ${response.status}`);
    return response.json();
  }

  /** The answer's body; rejects if it is a failure. */
  async ok(command, body, query) {
    const reply = await this.call(command, body, query);
    if (reply.ErrorCode !== 0) throw new Error(`${command}: ${JSON.stringify(reply)}`);
    return reply;
  }

  importAccounts(...names) {
    return this.ok('im_open_login_svc/multiaccount_import', { Accounts: names });
  }
}

export const textBody = (text) => [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }];
