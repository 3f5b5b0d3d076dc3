// The `magpie` subcommands, with their JSON answers.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

export const binary = process.env.MAGPIE_BIN
  ? path.resolve(root, process.env.MAGPIE_BIN)
  : path.join(root, 'build/release/magpie');

/** Runs the binary; resolves { status, stdout, stderr } whatever the status. */
export function run(args, { input = '', ms = 20000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      binary,
      args.map(String),
      { timeout: ms, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error && (error.killed || typeof error.code !== 'number')) reject(error);
        else resolve({ status: error ? error.code : 0, stdout, stderr });
      },
    );
    child.stdin.on('error', () => {}); // it may end without reading
    child.stdin.end(input);
  });
}

/** A subcommand of a server's data directory; resolves its JSON, rejects on another status. */
export async function cli(dataDir, ...args) {
  const done = await run([...args, '--data', dataDir, '--json']);
  if (done.status !== 0)
    throw new Error(`magpie ${args.join(' ')}: status ${done.status}\n${done.stderr}`);
  return done.stdout.trim() ? JSON.parse(done.stdout) : null;
}
