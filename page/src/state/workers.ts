/** The worker, which is a part of the page's one file. */

import PageWorker from './worker?worker&inline';
import type {Request} from './worker';

export function newWorker(): Worker {
  return new PageWorker();
}

/** Ask a worker of its own once. */
export function inWorker<Answer>(request: Request): Promise<Answer> {
  const worker = newWorker();
  return new Promise<Answer>((done, failed) => {
    worker.onmessage = ({data}) => ('error' in data ? failed(new Error(data.error)) : done(data.model));
    worker.onerror = (event) => failed(new Error(event.message));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
