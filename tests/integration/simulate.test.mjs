// The shipped scenarios come to the bills that they expect, with and without crashes; what is wrong
// with a scenario is said with its place.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { run } from './support/cli.mjs';

const folder = new URL('../../scenarios/', import.meta.url).pathname;

// Half a million logins and more: once is enough.
const large = ['decision-03', 'decision-12'];
// Minutes each; nothing but their names is looked at here.
const huge = ['month-of-logins', 'year'];

let scratch;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'magpie-simulate-'));
});
after(() => rm(scratch, { recursive: true }));

const simulate = (...args) => run(['simulate', ...args], { ms: 600000 });

async function names() {
  const files = await readdir(folder);
  return files.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)).sort();
}

test('every shipped scenario comes to the bills that it expects', async () => {
  const { status, stdout, stderr } = await simulate('--check', '--quiet');
  const lines = stdout.trim().split('\n');
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(lines.map((line) => line.split(':')[0]).sort(), await names());
  for (const line of lines) assert.match(line, /: (\d+ months? as expected|left out, .*)$/);
  const left = lines.filter((line) => line.includes('left out')).map((line) => line.split(':')[0]);
  assert.deepEqual(left.sort(), huge);
});

test('a server that dies every third day comes to the same bills', async () => {
  const small = (await names()).filter((name) => !huge.includes(name) && !large.includes(name));
  const { status, stdout, stderr } = await simulate(
    '--check', '--quiet', '--crash-every', '3', ...small);
  assert.equal(status, 0, stdout + stderr);
});

test('with crashes each day and each month are the same, to the last figure', async () => {
  const [quiet, crashing] = await Promise.all([
    simulate('--json', '--days', 'growing-startup'),
    simulate('--json', '--days', '--crash-every', '3', 'growing-startup'),
  ]);
  const a = JSON.parse(quiet.stdout), b = JSON.parse(crashing.stdout);
  assert.ok(b.restarts > 100 && a.restarts < 10);
  assert.equal(a.months.flatMap((month) => month.days).length, 365);
  // The most accounts online at once is no part of this output: terminals die with the server.
  assert.deepEqual(b.months, a.months);
});

test('the same seed lives through the same days', async () => {
  const [a, b] = await Promise.all([
    simulate('--csv', '--days', 'growing-startup'), simulate('--csv', '--days', 'growing-startup')]);
  assert.equal(a.stdout, b.stdout);
  assert.equal(a.stdout.trim().split('\n').length, 366);
});

test('the table, CSV and JSON say the same', async () => {
  const [table, csv, json] = await Promise.all([
    simulate('example-calls'), simulate('--csv', 'example-calls'), simulate('--json', 'example-calls')]);
  assert.match(table.stdout, /call_rate +1,000 +10 x 100 calls\/s x 600.00 +6,000.00/);
  assert.match(csv.stdout, /\n2026-01,50,2026-01-01,issued,0,0,0,0,600000,0,0,0,,,,,600000\n$/);
  assert.equal(JSON.parse(json.stdout).months[0].bill.total_fen, 600000);
});

const head = {
  format: 1, id: 'try', about: 'a try', plan: 'cloud-2018', from: '2026-01-01', to: '2026-01-31',
  accounts: 10,
};

async function of(scenario, ...args) {
  const path = join(scratch, 'try.json');
  await writeFile(path, typeof scenario === 'string' ? scenario : JSON.stringify(scenario));
  return simulate(...args, path);
}

test('the sets of each day hold who logged in, as arrays and as bitmaps, after crashes too', async () => {
  const scenario = {
    ...head, accounts: 5000, order: 'random',
    logins: [{ from: '2026-01-01', to: '2026-01-02', count: 300 },
      { from: '2026-01-03', to: '2026-01-03', count: 3000 }],
    messages: [{ from: '2026-01-02', to: '2026-01-02', count: 600 }],
    events: [{ day: '2026-01-02', do: 'terminals', accounts: 3, platforms: ['android', 'web'] }],
  };
  for (const args of [[], ['--crash-every', '1']]) {
    const { status, stdout, stderr } = await of(scenario, '--sets', '--json', ...args);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout);
    const [logins, senders, active, inGroups] = report.sets;
    assert.ok(report.exact);
    assert.equal(report.logins, 300 + 300 + 3000 + 3 * 2);
    assert.equal(logins.rows, 3);
    assert.ok(logins.members >= 3600 && logins.members <= 3603);
    assert.equal(logins.bytes, 2 * (logins.members - 3000) + 4096);
    assert.equal(active.members, logins.members);
    assert.ok(senders.members > 0 && senders.members <= 300 && inGroups.rows === 0);
    assert.ok(logins.stored_bytes > 0);
  }
  const { stdout } = await of(scenario, '--sets');
  assert.match(stdout, /^try: 3606 logins of \d+ accounts on 31 days, each in its day's set/);
});

test('a bill that differs is told, and fails', async () => {
  const { status, stdout } = await of(
    { ...head, expect: { '2026-01': { total_fen: 5, peak_dau: 1, state: 'paid' } } }, '--check');
  assert.equal(status, 1);
  assert.match(stdout, /try: 2026-01: total_fen is 0, not 5\n/);
  assert.match(stdout, /peak_dau is 0, not 1\n/);
  assert.match(stdout, /the bill is issued, not paid\n/);
});

test('a wrong scenario ends with 2 and its place', async () => {
  const wrong = [
    ['{', /line 1, column 1/],
    [{ ...head, speed: 1 }, /speed: is not a known field/],
    [{ ...head, plan: 'free-for-all' }, /plan: no plan of this id is shipped/],
    [{ ...head, plan: './none.json' }, /none\.json: No such file/],
    [{ ...head, zone: 'Mars/Olympus' }, /zone: this machine knows no such time zone/],
    [{ ...head, logins: [{ from: '2026-01-01', to: '2026-01-02', count: 11 }] }, /logins: 11 on/],
    [{ ...head, seed: -1 }, /seed: must be a whole number/],
  ];
  for (const [scenario, said] of wrong) {
    const { status, stderr } = await of(scenario);
    assert.equal(status, 2);
    assert.match(stderr, said);
  }
  assert.equal((await simulate('nowhere')).status, 2);
  assert.equal((await simulate('--crash-every', 'x', 'year')).status, 2);
  assert.equal((await of(head, '--check')).status, 2);
  assert.equal((await simulate()).status, 2);
});

test('an event that the server refuses ends the run and is named', async () => {
  const { status, stderr } = await of(
    { ...head, events: [{ day: '2026-01-05', do: 'confirm_ticket', ticket: 9 }] });
  assert.equal(status, 1);
  assert.match(stderr, /2026-01-05: events\[0\] \(confirm_ticket\): .*ticket/);
});
