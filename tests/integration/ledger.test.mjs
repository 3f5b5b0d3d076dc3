// Ledgers: exported from a running server by its operator and by a customer, proven without it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeCustomer } from './support/admin.mjs';
import { run } from './support/cli.mjs';
import { setLimit } from './support/groups.mjs';
import { Server } from './support/server.mjs';

let server, dir, customer, month;

before(async () => {
  server = await Server.start();
  dir = await mkdtemp(path.join(os.tmpdir(), 'magpie-ledger-'));
  customer = await makeCustomer(server, 'ledger');
  // The month of the server's days.
  month = (await server.cli('month', 'status')).running;
  // More changes than a page holds.
  for (let i = 0; i < 130; i++) await setLimit(server, { sdkappid: customer.app }, 'recents', i % 2 ? 500 : 100);
});

after(async () => {
  await server?.remove();
  await rm(dir, { recursive: true, force: true });
});

const file = (name) => path.join(dir, name);
const verify = (name, ...args) => run(['bill', 'verify', file(name), ...args]);

async function exported(name) {
  return server.cli('usage', 'export', '--app', customer.app, '--month', month, '--out', file(name));
}

/** All lines, page by page, as a program of the customer reads them. */
async function pages(admin) {
  const lines = [];
  let cursor = null;
  let count = 0;
  do {
    const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page = await admin.must('GET', `/apps/${customer.app}/usage/${month}/ledger${query}`);
    lines.push(...page.lines);
    cursor = page.next;
    count++;
  } while (cursor !== null);
  return { lines, count };
}

describe('a ledger', () => {
  test('is exported whole, holds, and has the end hash that was printed', async () => {
    const made = await exported('a.jsonl');
    const text = await readFile(file('a.jsonl'), 'utf8');
    assert.equal(text.split('\n').length - 1, made.lines);
    await assert.rejects(access(file('a.jsonl.part')));
    const done = await verify('a.jsonl', '--expect-hash', made.end_hash);
    assert.equal(done.status, 0, done.stdout);
    assert.match(done.stdout, /everything holds/);
    assert.equal(text.match(/"kind":"change"/g).length, 130);
  });

  test('reads the same over the admin API, and its chain can be followed by anybody', async () => {
    const made = await exported('b.jsonl');
    const { lines, count } = await pages(customer.as('finance'));
    assert.ok(count > 4);
    assert.equal(`${lines.join('\n')}\n`, await readFile(file('b.jsonl'), 'utf8'));
    let hash = createHash('sha256').update('magpie-ledger-1').digest();
    lines.forEach((line, i) => {
      const { n, hash: said } = JSON.parse(line);
      assert.equal(n, i + 1);
      hash = createHash('sha256').update(hash).update(line.replace(/,"hash":"[0-9a-f]{64}"}$/, '}')).digest();
      assert.equal(said, hash.toString('hex'));
    });
    assert.equal(hash.toString('hex'), made.end_hash);
  });

  test('is for owners and finance only', async () => {
    const url = `/apps/${customer.app}/usage/${month}/ledger`;
    assert.equal((await customer.as('owner').get(url)).status, 200);
    assert.equal((await customer.as('developer').get(url)).status, 403);
    assert.equal((await customer.as('viewer').get(url)).status, 403);
    assert.equal((await customer.as('owner').get(`${url}?cursor=1.2.3`)).status, 400);
    const stranger = await makeCustomer(server, 'stranger');
    assert.equal((await stranger.as('owner').get(url)).status, 404);
  });

  test('that was changed, cut or mixed up is refused by the line', async () => {
    await exported('c.jsonl');
    const lines = (await readFile(file('c.jsonl'), 'utf8')).trimEnd().split('\n');
    const bad = async (changed, pattern) => {
      await writeFile(file('bad.jsonl'), `${changed.join('\n')}\n`);
      const done = await verify('bad.jsonl');
      assert.equal(done.status, 1);
      assert.match(done.stdout, pattern);
    };
    const at = lines.findIndex((line) => line.includes('"kind":"change"'));
    await bad(lines.with(at, lines[at].replace('"value":100', '"value":150')),
      new RegExp(`line ${at + 1} \\(change\\): its hash does not fit: the line was changed`));
    await bad(lines.toSpliced(at, 1), new RegExp(`line ${at + 1} is missing`));
    await bad(lines.toSpliced(at, 0, lines[at]), new RegExp(`line ${at + 2}: line ${at + 1} stands there again`));
    await bad(lines.slice(0, -1), /cut off/);
  });

  test('of all apps is written for closed months only', async () => {
    const done = await run(['usage', 'export', '--all', '--month', month, '--dir', file('all'), '--data', server.dataDir]);
    assert.equal(done.status, 0, done.stderr);
    assert.equal(done.stdout, '');
  });

  test('leaves no file behind if the server refuses', async () => {
    const done = await run(['usage', 'export', '--app', customer.app, '--month', '2001-01',
      '--out', file('none.jsonl'), '--data', server.dataDir]);
    assert.equal(done.status, 1);
    await assert.rejects(access(file('none.jsonl')));
    await assert.rejects(access(file('none.jsonl.part')));
  });
});
