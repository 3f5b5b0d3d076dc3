// The admin API as a program of a customer sees it.
import http from 'node:http';

export class Admin {
  /** url: http://host:port/admin/v1; token: its text, or null for none. */
  constructor(url, token = null) {
    this.url = url;
    this.token = token;
  }

  /** Resolves { status, headers, text, json }; json is null if the text is none. */
  async call(method, path, { body, key, headers = {} } = {}) {
    const reply = await fetch(this.url + path, {
      method,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
    });
    const text = await reply.text();
    let json = null;
    try {
      json = JSON.parse(text);
    } catch {
      // not JSON
    }
    return { status: reply.status, headers: reply.headers, text, json };
  }

  get(path) {
    return this.call('GET', path);
  }

  /** The object of a call that must succeed. */
  async must(method, path, options) {
    const reply = await this.call(method, path, options);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  /** All items of a list, page by page, and how many pages there were. */
  async pages(path, limit) {
    const items = [];
    let cursor = null;
    let pages = 0;
    do {
      const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.must('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${more}`);
      items.push(...page.items);
      cursor = page.next;
      pages++;
    } while (cursor !== null);
    return { items, pages };
  }

  /** Sends a call and breaks the connection off without hearing the answer, once it was sent. */
  lose(method, path, { body, key }) {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const request = http.request(this.url + path, {
        method,
        agent: false,
        headers: {
          authorization: `Bearer ${this.token}`,
          'idempotency-key': key,
          'content-length': Buffer.byteLength(text),
        },
      });
      request.on('error', () => resolve());
      request.on('response', (response) => response.destroy());
      request.on('close', resolve);
      request.on('socket', (socket) => socket.on('error', reject));
      request.write(text, () => request.destroy());
    });
  }
}

/** Customers with an app and a token of every role each: { id, app, key, tokens, as(role) }. */
export async function makeCustomer(server, name) {
  const { customer: id } = await server.cli('customer', 'create', '--name', name);
  const app = await server.cli('app', 'create', '--name', `app of ${name}`, '--customer', id);
  const tokens = {};
  const numbers = {};
  for (const role of ['owner', 'developer', 'finance', 'viewer']) {
    const args = ['--customer', id, '--role', role, '--name', `${role} of ${name}`];
    const token = await server.cli('token', 'create', ...args);
    tokens[role] = token.secret;
    numbers[role] = token.token;
  }
  const as = (role) => new Admin(server.adminUrl, tokens[role]);
  return { id, name, app: app.sdkappid, key: app.key, tokens, numbers, as };
}
