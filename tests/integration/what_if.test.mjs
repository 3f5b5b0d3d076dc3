// A month of an app under other plans: asked of the server, and rated by the command line.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Admin } from './support/admin.mjs';
import { run } from './support/cli.mjs';
import { SdkClient } from './support/sdk.mjs';
import { Server } from './support/server.mjs';

const WAIT = { timeout: 120000 };
const PLANS = new URL('../../plans/', import.meta.url).pathname;
const plans = readdirSync(PLANS).map((file) => file.replace('.json', ''));

let server, app, rest;

const month = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 7);
const limit = (name, value) =>
  server.cli('limit', 'set', '--app', app.sdkappid, '--limit', name, '--value', value, '--reason',
    'test');
const compare = (...options) =>
  server.cli('price', '--from-usage', app.sdkappid, '--month', month(), ...options);

before(async () => {
  server = await Server.start();
  app = await server.app();
  await limit('call_rate', 1000);
  await limit('roaming', 12);
  await limit('groups_per_day', 1000);
  for (let i = 0; i < 20; i++) {
    const { ErrorCode } = await app.rest.call('group_open_http_svc/create_group', {
      ...{ Type: 'Public', Name: 'g', GroupId: `g${i}` },
    });
    assert.equal(ErrorCode, 0);
  }
  const token = await server.cli('token', 'create', '--customer', 0, '--role', 'operator', '--name', 'w');
  rest = new Admin(server.adminUrl, token.secret);
  const client = await SdkClient.ready(server, app, 'anna');
  await client.close();
});

after(() => server?.remove());

describe('a month under another plan', WAIT, () => {
  test('costs under its own what its bill says', async () => {
    const bill = await server.cli('bill', '--app', app.sdkappid, '--month', month());
    const { now, then, difference_fen: difference } = await compare('--plan', 'cloud-2018');
    assert.deepEqual(now, bill);
    assert.equal(then.total_fen, bill.total_fen);
    assert.deepEqual(then.lines, bill.lines);
    assert.equal(difference, 0);
    assert.ok(bill.total_fen > 0);
  });

  for (const plan of plans) {
    test(`costs the same by the server and by the file of ${plan}`, async () => {
      const byServer = await compare('--plan', plan);
      const byFile = await compare('--plan', join(PLANS, `${plan}.json`));
      assert.equal(byServer.then.plan.id, plan);
      assert.deepEqual(byFile, byServer);
      assert.equal(byServer.difference_fen, byServer.then.total_fen - byServer.now.total_fen);
    });
  }

  for (const plan of plans) {
    test(`costs under ${plan} what \`magpie price\` says of the same quantities`, async () => {
      const { now, then } = await compare('--plan', plan);
      const { usage } = now;
      assert.equal(usage.peak_dau, 1);
      assert.equal(usage.peak_groups, 20);
      const { stdout } = await run(['price', '--plan', plan, '--json', '--dau', usage.peak_dau,
        '--calls-per-second', 1000, '--roaming-months', 12, '--groups-per-day', 1000,
        '--push-targets', usage.largest_push, '--groups-at-end', usage.groups_at_end,
        '--peak-groups', usage.peak_groups]);
      const alone = JSON.parse(stdout);
      assert.equal(then.total_fen, alone.total_fen);
      assert.deepEqual(then.lines, alone.lines);
    });

    test(`costs under ${plan} over HTTP what the command line says`, async () => {
      const path = `/apps/${app.sdkappid}/bills/${month()}/what-if?plan=${plan}`;
      assert.deepEqual(await rest.must('GET', path), await compare('--plan', plan));
    });
  }

  test('holds the packs of the other plan that are named, and no others', async () => {
    const plan = 'pro-2018-09';
    const [pack] = JSON.parse(readFileSync(join(PLANS, `${plan}.json`), 'utf8')).packs;
    const without = await compare('--plan', plan);
    const byServer = await compare('--plan', plan, '--packs', pack.id);
    const byFile = await compare('--plan', join(PLANS, `${plan}.json`), '--packs', pack.id);
    assert.deepEqual(byServer.then.packs, [pack.id]);
    assert.equal(byServer.then.total_fen - without.then.total_fen, pack.fee_fen);
    assert.deepEqual(byFile, byServer);
  });

  test('is the running month if none is named', async () => {
    const first = month();
    const { now } = await server.cli('price', '--from-usage', app.sdkappid, '--plan', 'cloud-2018');
    assert.ok([first, month()].includes(now.month));
    const path = `/apps/${app.sdkappid}/bills/current`;
    assert.ok([first, month()].includes((await rest.must('GET', path)).month));
  });

  test('takes a contract beside a plan file, if it is of that month', async () => {
    const file = join(server.dataDir, '..', 'contract.json');
    const own = join(PLANS, 'cloud-2018.json');
    const contract = { format: 1, id: 'big', currency: 'CNY', cycle: 'calendar_month',
      from: month(), to: null, total_fen: 12345600 };
    writeFileSync(file, JSON.stringify(contract));
    const { then } = await compare('--plan', own, '--contract', file);
    assert.equal(then.by_contract, false); // the list has a price for so few users
    assert.deepEqual(then, (await compare('--plan', 'cloud-2018')).then);
    writeFileSync(file, JSON.stringify({ ...contract, from: '2001-01', to: '2001-02' }));
    await assert.rejects(compare('--plan', own, '--contract', file), /is not in force in the month/);
    await assert.rejects(compare('--plan', 'cloud-2018', '--contract', file), /only with a plan file/);
    await assert.rejects(compare('--plan', own, '--without-contract'), /only with a plan's id/);
    assert.equal((await compare('--plan', 'cloud-2018', '--without-contract')).difference_fen, 0);
  });

  test('is rated by a plan file of one’s own', async () => {
    const plan = JSON.parse(readFileSync(join(PLANS, 'cloud-2018.json'), 'utf8'));
    const file = join(server.dataDir, 'dearer.json');
    plan.id = 'dearer';
    plan.call_rate.unit_price_fen *= 3;
    writeFileSync(file, JSON.stringify(plan));
    const { now, then } = await compare('--plan', file);
    const of = (bill) => bill.lines.find(({ item }) => item === 'call_rate').amount_fen;
    assert.equal(of(then), 3 * of(now));
    assert.equal(then.total_fen - now.total_fen, 2 * of(now));
  });

  test('is printed line by line for people', async () => {
    const { status, stdout } = await run(['price', '--from-usage', app.sdkappid, '--month', month(),
      '--plan', 'cloud-2018', '--data', server.dataDir]);
    assert.equal(status, 0);
    assert.match(stdout, /^app \d+, month \d{4}-\d\d \(not over yet\): plan cloud-2018 and plan/);
    assert.match(stdout, /^call_rate .*1,?000 .*6,000\.00.*6,000\.00/m);
    assert.match(stdout, /^difference +0\.00$/m);
  });

  test('is refused in words where it cannot be rated', async () => {
    await assert.rejects(compare('--plan', 'cloud-2019'), /no plan cloud-2019; shipped are .*cloud-2018/);
    await assert.rejects(compare('--plan', 'cloud-2018', '--packs', 'x'), /sells no pack "x"/);
    await assert.rejects(compare('--plan', '/nowhere.json'), /nowhere/);
    await assert.rejects(
      server.cli('price', '--from-usage', 1, '--month', month(), '--plan', 'cloud-2018'), /app 1/);
    await assert.rejects(compare('--plan', '方案'.repeat(9)), /; shipped are cloud-2018/);
    await assert.rejects(server.cli('price', '--from-usage', app.sdkappid), /--plan/);
    await assert.rejects(server.cli('price', '--plan', '--from-usage'), /needs --from-usage/);
    for (const option of [['--dau', 5], ['--groups=7'], ['--multi-terminal']])
      await assert.rejects(
        compare('--plan', 'cloud-2018', ...option),
        new RegExp(`${option[0]}: cannot be given with --from-usage`),
      );
  });
});
