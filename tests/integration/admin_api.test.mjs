// The admin API: tokens and roles, whose objects are whose, idempotency, pages, problem details.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Admin, makeCustomer } from './support/admin.mjs';
import { run } from './support/cli.mjs';
import { Server } from './support/server.mjs';

let server, document, a, b, operator;

const writes = (method) => method !== 'get';

/** Every operation of the document: { id, method, path, roles, operation }. */
function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method,
      path,
      roles: operation['x-roles'],
      operation,
    })),
  );
}

/** Values by the names of members that make sense for many; others get one by their type. */
const samples = {
  month: '2026-11',
  limit: 'push',
  level: 'group',
  role: 'viewer',
  name: 'some name',
  reason: 'a reason',
  kind: 'payment',
  read: 'anyone',
  write: 'anyone',
  amount_fen: 100,
  value: 100,
  days: 3,
};

function sample(name, schema, names) {
  if (name in names) return names[name];
  if (schema.type === 'integer') return name in samples && samples[name] > 0 ? samples[name] : 1;
  if (name in samples) return samples[name];
  if (schema.type === 'object') return {};
  return schema.type === 'array' ? [] : 'text';
}

/** A call of the operation on the objects that are named, everything else made up. */
function callOf({ method, path, operation }, names) {
  const options = {};
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const { schema } = operation.parameters.find((p) => p.name === name);
    return encodeURIComponent(sample(name, schema, names));
  });
  const body = operation.requestBody?.content['application/json'].schema.properties;
  if (body)
    options.body = Object.fromEntries(
      Object.entries(body).map(([name, schema]) => [name, sample(name, schema, names)]),
    );
  return [method.toUpperCase(), filled, options];
}

before(async () => {
  server = await Server.start();
  a = await makeCustomer(server, 'Alpha Unmistakable');
  b = await makeCustomer(server, 'Beta');
  const token = await server.cli('token', 'create', '--customer', 0, '--role', 'operator', '--name', 'op');
  operator = new Admin(server.adminUrl, token.secret);
  document = await new Admin(server.adminUrl).must('GET', '/openapi.json');
});
after(() => server.remove());

/** What only customer A may ever read. */
const secretsOf = (customer) => [
  customer.name,
  customer.key,
  `${customer.app}`,
  ...Object.values(customer.tokens),
];

const assertNothingOf = (customer, text, asked, what) => {
  for (const secret of secretsOf(customer)) {
    // What the caller wrote into the path may come back in a sentence.
    const told = asked.includes(secret) ? text.replaceAll(`there is no app ${secret}`, '') : text;
    assert.ok(!told.includes(secret), `${what} tells ${secret}: ${text}`);
  }
};

describe('the document', () => {
  test('needs no token and holds every operation once', async () => {
    assert.equal(document.openapi, '3.1.0');
    const ids = operations().map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 40, `${ids.length} operations`);
    for (const { id, operation, path } of operations())
      for (const [, name] of path.matchAll(/\{(\w+)\}/g))
        assert.ok(
          operation.parameters.some((p) => p.name === name && p.in === 'path' && p.required),
          `${id}: ${name}`,
        );
  });

  test('says which members a reply has', async () => {
    const check = (value, schema, where) => {
      const types = [schema.type].flat();
      if (value === null) return assert.ok(types.includes('null'), `${where} is null`);
      const type = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
      assert.ok(!schema.type || types.includes(type), `${where} is ${type}, not ${types}`);
      if (schema.items) value.forEach((item, i) => check(item, schema.items, `${where}.${i}`));
      if (!schema.properties) return;
      for (const name of schema.required ?? []) assert.ok(name in value, `${where}.${name} is missing`);
      for (const [name, member] of Object.entries(value)) {
        if (name in schema.properties) check(member, schema.properties[name], `${where}.${name}`);
      }
    };
    const own = await makeCustomer(server, 'Documented');
    let answered = 0;
    for (const operation of operations()) {
      const names = { app: own.app, customer: own.id, token: own.numbers.viewer };
      const reply = await operator.call(...callOf(operation, names));
      if (reply.status >= 300) continue;
      assert.ok(`${reply.status}` in operation.operation.responses, operation.id);
      const { schema } = operation.operation.responses[reply.status].content['application/json'];
      check(reply.json, schema, operation.id);
      answered++;
    }
    assert.ok(answered >= 20, `${answered} operations answered`);
  });
});

describe("another customer's token", () => {
  test('reaches nothing by any operation', async () => {
    const names = { app: a.app, customer: a.id, token: a.numbers.viewer };
    for (const role of Object.keys(b.tokens)) {
      for (const operation of operations()) {
        const [method, path, options] = callOf(operation, names);
        const reply = await b.as(role).call(method, path, options);
        const what = `${role}: ${method} ${path}`;
        if (/\{(app|customer)\}/.test(operation.path) || 'customer' in (options.body ?? {}))
          assert.ok([403, 404].includes(reply.status), `${what}: ${reply.status} ${reply.text}`);
        else assert.ok(reply.status < 500, `${what}: ${reply.status}`);
        assertNothingOf(a, reply.text, path, what);
      }
    }
    for (const role of Object.keys(a.tokens))
      assert.equal((await a.as(role).get('/server')).status, 200, 'nothing of A was revoked');
  });

  test('hears of an object the same as if there were none', async () => {
    const other = 1499999999;
    for (const operation of operations().filter(({ path }) => path.includes('{app}'))) {
      const foreign = await b.as('owner').call(...callOf(operation, { app: a.app }));
      const none = await b.as('owner').call(...callOf(operation, { app: other }));
      assert.equal(foreign.status, none.status, operation.id);
      assert.equal(foreign.text.replaceAll(a.app, other), none.text, operation.id);
    }
  });

  test('cannot filter its way into a list', async () => {
    assert.equal((await b.as('owner').get(`/apps?customer=${a.id}`)).status, 404);
    assert.equal((await b.as('owner').get(`/audit?customer=${a.id}`)).status, 404);
    assert.equal((await b.as('owner').get(`/audit?app=${a.app}`)).status, 404);
    assert.equal((await operator.get(`/audit?app=${a.app}`)).status, 200);
    const { items } = await b.as('viewer').must('GET', '/apps');
    assert.deepEqual(items.map(({ customer }) => customer), items.map(() => b.id));
  });
});

describe('roles', () => {
  test('may what the document says, and nothing else', async () => {
    const own = await makeCustomer(server, 'Roles');
    const names = { app: own.app, customer: own.id, token: 99 };
    for (const operation of operations()) {
      const call = callOf(operation, names);
      for (const role of Object.keys(own.tokens)) {
        const { status, text } = await own.as(role).call(...call);
        const what = `${role}: ${operation.id}: ${status} ${text}`;
        if (operation.roles.includes(role)) assert.ok(![401, 403].includes(status), what);
        else assert.equal(status, 403, what);
      }
      const { status, text } = await operator.call(...call);
      assert.ok(![401, 403].includes(status) && status < 500, `${operation.id}: ${status} ${text}`);
    }
  });

  test('finance and viewers never see a key', async () => {
    for (const role of ['finance', 'viewer']) {
      for (const operation of operations().filter(({ method }) => !writes(method))) {
        const { text } = await a.as(role).call(...callOf(operation, { app: a.app, customer: a.id }));
        assert.ok(!text.includes(a.key), `${role}: ${operation.id}`);
      }
    }
  });
});

describe('tokens', () => {
  const bearer = (text) => new Admin(server.adminUrl, text);

  test('that are none are refused with the same words', async () => {
    const good = a.tokens.viewer;
    const [, customer, number, secret] = good.split('_');
    const end = good.at(-1) === '0' ? '1' : '0';
    const revoked = await server.cli('token', 'create', '--customer', a.id, '--role', 'viewer', '--name', 'r');
    await server.cli('token', 'revoke', '--customer', a.id, '--token', revoked.token);
    const bad = {
      forged: good.slice(0, -1) + end,
      truncated: good.slice(0, -1),
      longer: `${good}0`,
      'of another number': `mgp_${customer}_77_${secret}`,
      'of another customer': `mgp_${b.id}_${number}_${secret}`,
      "the operator's": `mgp_0_1_${secret}`,
      revoked: revoked.secret,
      empty: '',
      'upper case': good.toUpperCase(),
    };
    const none = await new Admin(server.adminUrl).get('/apps');
    assert.equal(none.status, 401);
    assert.equal(none.headers.get('www-authenticate'), 'Bearer');
    for (const [what, text] of Object.entries(bad)) {
      const reply = await bearer(text).get('/apps');
      assert.equal(reply.status, 401, what);
      assert.equal(reply.text, none.text, what);
    }
    for (const authorization of [`Basic ${good}`, good, `Token ${good}`]) {
      const reply = await new Admin(server.adminUrl).call('GET', '/apps', { headers: { authorization } });
      assert.ok([401, 429].includes(reply.status), authorization);
    }
    assert.equal((await bearer(good).get('/apps')).status, 200);
  });

  test('who guesses at one is made to wait, and nobody else', async () => {
    const wrong = a.tokens.developer.slice(0, -4) + '0000';
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await bearer(wrong).get('/apps')).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
    const waiting = await bearer(wrong).get('/apps');
    assert.equal(waiting.headers.get('retry-after'), '60');
    assert.equal(waiting.json.code, 'too_many_requests');
    assert.equal((await a.as('owner').get('/apps')).status, 200);
    assert.equal((await a.as('developer').get('/apps')).status, 200);
  });

  test('a revoked one is dead at once, also in calls that are on their way', async () => {
    const made = await a.as('owner').must('POST', `/customers/${a.id}/tokens`, {
      body: { name: 'short', role: 'viewer', days: 1 },
    });
    assert.ok(made.expires > made.created);
    assert.equal((await bearer(made.secret).get('/apps')).status, 200);
    const gone = await a.as('owner').must('DELETE', `/customers/${a.id}/tokens/${made.token}`);
    assert.ok(gone.revoked);
    assert.equal((await bearer(made.secret).get('/apps')).status, 401);
    await server.kill9();
    await server.restart();
    assert.equal((await new Admin(server.adminUrl, made.secret).get('/apps')).status, 401);
    assert.equal((await a.as('owner').get('/apps')).status, 200);
  });

  test('never stand in the log', async () => {
    for (const customer of [a, b])
      for (const text of Object.values(customer.tokens))
        assert.ok(!server.log.includes(text.split('_')[3]));
    assert.ok(!server.log.includes('mgp_'));
  });
});

describe('a write with an Idempotency-Key', () => {
  const named = async (customer, name) =>
    (await customer.as('viewer').pages('/apps', 500)).items.filter((app) => app.name === name);

  test('is done once and answered the same, also after a crash', async () => {
    const call = ['POST', '/apps', { body: { name: 'Once' }, key: 'crash-1' }];
    const first = await a.as('owner').call(...call);
    assert.equal(first.status, 201);
    await server.kill9();
    await server.restart();
    const again = await a.as('owner').call(...call);
    assert.equal(again.status, 201);
    assert.equal(again.text, first.text);
    assert.equal((await named(a, 'Once')).length, 1);
  });

  test('whose answer is lost may be repeated', async () => {
    for (let i = 0; i < 20; i++) {
      const options = { body: { name: `Lost ${i}` }, key: `lost-${i}` };
      await a.as('owner').lose('POST', '/apps', options);
      if (i % 5 === 4) {
        await server.kill9();
        await server.restart();
      }
      const reply = await a.as('owner').call('POST', '/apps', options);
      assert.equal(reply.status, 201);
      const found = await named(a, `Lost ${i}`);
      assert.deepEqual(found.map(({ sdkappid }) => sdkappid), [reply.json.sdkappid]);
    }
  });

  test('that comes many times at once, with nothing in memory, is done once', async () => {
    for (let round = 0; round < 3; round++) {
      await server.restart();
      const options = { body: { name: `Crowd ${round}` }, key: `crowd ${round}` };
      const owner = a.as('owner');
      const replies = await Promise.all(
        Array.from({ length: 40 }, () => owner.call('POST', '/apps', options)),
      );
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([201]));
      assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
      assert.equal((await named(a, `Crowd ${round}`)).length, 1);
    }
  });

  test('stands for one request of one token', async () => {
    const owner = a.as('owner');
    const first = await owner.call('POST', '/apps', { body: { name: 'One' }, key: 'one' });
    assert.equal(first.status, 201);
    for (const [method, path, body] of [
      ['POST', '/apps', { name: 'Two' }],
      ['POST', '/apps', { name: 'One', customer: a.id }],
      ['POST', `/customers/${a.id}/tokens`, { name: 'One' }],
    ]) {
      const reply = await owner.call(method, path, { body, key: 'one' });
      assert.equal(reply.status, 422, reply.text);
      assert.equal(reply.json.code, 'key_reused');
    }
    const other = await b.as('owner').call('POST', '/apps', { body: { name: 'One' }, key: 'one' });
    assert.equal(other.status, 201);
    assert.notEqual(other.text, first.text);
  });

  test('must have 1 to 64 printable characters', async () => {
    for (const key of ['', 'k'.repeat(65), 'tab\there', 'ä']) {
      const reply = await a.as('owner').call('POST', '/apps', { body: { name: 'x' }, key });
      assert.equal(reply.status, 400, JSON.stringify(key));
    }
  });

  test('answers a new token with its secret again, and the old one keeps working', async () => {
    const options = { body: { name: 'again', role: 'viewer' }, key: 'token-1' };
    const first = await a.as('owner').must('POST', `/customers/${a.id}/tokens`, options);
    const again = await a.as('owner').must('POST', `/customers/${a.id}/tokens`, options);
    assert.deepEqual(again, first);
    assert.equal((await new Admin(server.adminUrl, again.secret).get('/apps')).status, 200);
  });
});

describe('the audit', () => {
  test('holds each write once, with whoever did it, and no refused one', async () => {
    const own = await makeCustomer(server, 'Audited');
    const owner = own.as('owner');
    await owner.must('POST', '/apps', { body: { name: 'Seen' }, key: 'seen' });
    await owner.must('POST', '/apps', { body: { name: 'Seen' }, key: 'seen' });
    assert.equal((await owner.call('POST', '/apps', { body: { name: '' } })).status, 400);
    assert.equal((await owner.call('PUT', `/apps/${own.app}/customer`, { body: { customer: 1 } })).status, 403);
    const { items } = await owner.must('GET', '/audit');
    assert.deepEqual(
      items.map(({ operation, actor, request }) => [operation, actor, request]),
      [
        ['app_create', `token ${own.id}_${own.numbers.owner}`, '{"name":"Seen"}'],
        ...Array(4).fill(['token_create', 'operator', '']),
        ['app_create', 'operator', ''],
        ['customer_create', 'operator', ''],
      ],
    );
    const all = await operator.must('GET', `/audit?customer=${own.id}&limit=1`);
    assert.match(all.items[0].request, /Seen/);
  });

  test('holds no secret', async () => {
    const { items } = await operator.pages('/audit', 500);
    const text = JSON.stringify(items);
    for (const customer of [a, b])
      for (const token of Object.values(customer.tokens)) assert.ok(!text.includes(token.split('_')[3]));
    assert.ok(items.length > 20);
  });
});

describe('lists', () => {
  test('go on page by page, each item once', async () => {
    const many = await makeCustomer(server, 'Many');
    for (let i = 0; i < 11; i++) await many.as('owner').must('POST', '/apps', { body: { name: `n${i}` } });
    for (const [admin, path, id] of [
      [many.as('viewer'), '/apps', 'sdkappid'],
      [many.as('owner'), `/customers/${many.id}/tokens`, 'token'],
      [many.as('owner'), '/audit', 'record'],
      [operator, '/customers', 'customer'],
      [operator, '/apps', 'sdkappid'],
      [operator, '/audit', 'record'],
    ]) {
      const whole = (await admin.pages(path, 500)).items.map((item) => item[id]);
      assert.equal(new Set(whole).size, whole.length, path);
      for (const limit of [1, 3, 4]) {
        const { items, pages } = await admin.pages(path, limit);
        assert.deepEqual(items.map((item) => item[id]), whole, `${path} by ${limit}`);
        assert.ok(pages >= whole.length / limit, path);
      }
    }
  });

  test('refuse a cursor that is none', async () => {
    for (const cursor of ['x', '-1', '99999999999', '1-'])
      for (const path of ['/apps', '/audit', '/customers'])
        if (!(path === '/audit' && cursor === '1-x')) {
          const reply = await operator.get(`${path}?cursor=${cursor}`);
          assert.equal(reply.status, 400, `${path} ${cursor}`);
        }
  });
});

describe('problem details', () => {
  const isProblem = ({ status, headers, json }, wanted, code) => {
    assert.equal(status, wanted);
    assert.match(headers.get('content-type'), /^application\/problem\+json/);
    assert.deepEqual(Object.keys(json), ['type', 'title', 'status', 'detail', 'code']);
    assert.equal(json.status, wanted);
    assert.equal(json.code, code);
    assert.ok(json.detail && json.title);
  };

  test('for everything that is refused', async () => {
    const owner = a.as('owner');
    isProblem(await owner.get('/nothing'), 404, 'not_found');
    isProblem(await owner.get('/apps/'), 404, 'not_found');
    isProblem(await owner.get('/apps/1400009999'), 404, 'not_found');
    isProblem(await owner.get('/apps?colour=blue'), 400, 'invalid');
    isProblem(await owner.call('POST', '/apps', { body: '{' }), 400, 'invalid');
    isProblem(await owner.call('POST', '/apps', { body: { name: 'x', nmae: 'y' } }), 400, 'invalid');
    isProblem(await owner.call('POST', '/customers', { body: { name: 'x' } }), 403, 'forbidden');
    isProblem(await new Admin(server.adminUrl).get('/apps'), 401, 'unauthorized');
    isProblem(await owner.call('POST', '/apps', { body: 'x'.repeat(1 << 20) + 'x' }), 413, 'too_large');
    const wrong = await owner.call('PATCH', '/apps', { body: {} });
    isProblem(wrong, 405, 'method_not_allowed');
    assert.equal(wrong.headers.get('allow'), 'POST, GET');
    const unknown = await owner.call('POST', '/apps', { body: { name: 'x', nmae: 'y' } });
    assert.match(unknown.json.detail, /nmae/);
  });

  test('a HEAD is answered without a body', async () => {
    const reply = await a.as('owner').call('HEAD', '/apps');
    assert.equal(reply.status, 405);
    assert.equal(reply.text, '');
    assert.equal((await a.as('owner').get('/apps')).status, 200);
  });
});

describe('the two listeners', () => {
  test('clients find no admin API, and the admin API no clients', async () => {
    const reply = await fetch(`${server.url}/admin/v1/apps`, {
      headers: { authorization: `Bearer ${a.tokens.owner}` },
    });
    assert.equal((await reply.json()).ErrorCode, 60002);
    const rest = await fetch(server.adminUrl.replace('/admin/v1', '/v4/openim/sendmsg'), {
      method: 'POST',
      headers: { authorization: `Bearer ${a.tokens.owner}` },
      body: '{}',
    });
    assert.equal(rest.status, 404);
    const health = await fetch(server.adminUrl.replace('/admin/v1', '/healthz'));
    assert.equal(await health.text(), 'ok\n');
  });

  test('no web page of another origin is let in', async () => {
    const reply = await a.as('owner').call('GET', '/apps', { headers: { origin: 'http://evil.test' } });
    assert.equal(reply.headers.get('access-control-allow-origin'), null);
    assert.equal((await a.as('owner').call('OPTIONS', '/apps')).status, 405);
  });

  test('the admin API can be left out, and a taken address is told', async (t) => {
    const without = await Server.start({ args: ['--admin-listen', 'none'] });
    t.after(() => without.remove());
    assert.doesNotMatch(without.log, /admin API/);
    assert.deepEqual((await without.cli('app', 'list')).items, []);
    const taken = ['--listen', '127.0.0.1:0', '--admin-listen', server.adminAddress];
    await without.stop();
    const refused = await run(['serve', '--data', without.dataDir, ...taken]);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, new RegExp(`cannot listen on ${server.adminAddress}`));
  });

  test('the CLI takes either', async () => {
    const url = server.adminUrl.replace('/admin/v1', '');
    const args = ['app', 'list', '--server', url, '--json'];
    const done = await run([...args, '--token', b.tokens.viewer]);
    assert.equal(done.status, 0, done.stderr);
    assert.ok(JSON.parse(done.stdout).items.every(({ customer }) => customer === b.id));
    const refused = await run([...args, '--token', 'mgp_1_1_00']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /a valid token is needed/);
    const own = await server.cli('app', 'show', '--app', b.app);
    assert.equal(own.key, b.key);
  });
});
