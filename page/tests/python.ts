/** What Python computes, asked once for all tests of a file: `reference.py`. */

import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = process.env.PYTHON ?? 'python3';
const text = execFileSync(python, ['page/tests/reference.py'], {
  cwd: root,
  env: {...process.env, PYTHONPATH: root},
  maxBuffer: 1e9,
  encoding: 'utf8',
});

export const PYTHON = JSON.parse(text);

/** The largest difference between two rows of numbers, relative to 1 or to their size. */
export function difference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return Infinity;
  let most = 0;
  for (let at = 0; at < theirs.length; at += 1) {
    const away = Math.abs(ours[at] - theirs[at]) / Math.max(1, Math.abs(theirs[at]));
    if (!(away <= most)) most = away;
  }
  return most;
}
