// Tiny runs of the load generator: each ends well and prints its figures. How large the figures are
// is nothing for a test.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run } from './support/cli.mjs';

async function bench(...args) {
  const { status, stdout, stderr } = await run(['bench', ...args, '--json'], { ms: 120000 });
  assert.equal(status, 0, stdout + stderr);
  return JSON.parse(stdout);
}

test('a month is closed while messages are sent, and every app has its bill', async () => {
  const report = await bench(
    'close', '--apps', 60, '--large', 5, '--dau', 100, '--users', 10, '--rate', 200,
    '--seconds', 1, '--warmup', 1);
  assert.equal(report.bills, 60);
  assert.equal(report.large_peak, 113);
  assert.ok(report.close_s > 0 && report.ratio > 0);
  assert.ok(report.acked > 1000);
  for (const phase of ['before', 'during', 'after']) assert.ok(report[`p99_${phase}_ms`] > 0, phase);
});

test('what an idle app costs is printed', async () => {
  const report = await bench('apps', '--count', 200);
  assert.equal(report.count, 200);
  assert.ok(report.p50_ms > 0 && report.p99_ms >= report.p50_ms);
  assert.ok(report.journal_per_app > 100);
  assert.ok(Number.isFinite(report.rss_per_app) && Number.isFinite(report.stored_per_app));
});

test('one-to-one messages are acknowledged, delivered and read back', async () => {
  const report = await bench('c2c', '--users', 10, '--window', 2, '--seconds', 1, '--warmup', 1);
  assert.ok(report.ok && report.acked > 100);
  assert.equal(report.delivered, report.acked);
  assert.equal(report.read_back, report.acked);
});

test('options that make no sense are refused before anything starts', async () => {
  for (const args of [['close', '--apps', 5, '--large', 6], ['close', '--rate', 0],
    ['c2c', '--users', 3], ['nothing']]) {
    const { status, stderr } = await run(['bench', ...args]);
    assert.equal(status, 2, args.join(' '));
    assert.ok(stderr.length > 0);
  }
});
