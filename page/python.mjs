// Runs Python in the project's folder: the one of the variable PYTHON, or the one on the path.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const python = process.env.PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
const cwd = fileURLToPath(new URL('..', import.meta.url));
const {status, error} = spawnSync(python, process.argv.slice(2), {cwd, stdio: 'inherit'});
if (error) console.error(`${python}: ${error.message}; set PYTHON to one that has mnist_ocr's dependencies`);
process.exit(status ?? 1);
