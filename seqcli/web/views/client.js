/**
 * The page's side of the worker: requests and their answers.
 */

/** @typedef {import("../worker.js").WorkerAnswer} WorkerAnswer */
/** @typedef {WithoutId<import("../worker.js").WorkerRequest>} Request */
/**
 * @template T
 * @typedef {T extends unknown ? Omit<T, "id"> : never} WithoutId
 */

/** Sends requests to a worker, and its answers to those who asked. */

export class WorkerClient {
  /**
   * @param {string} script  of the worker
   * @param {(message: string) => void} onFailure  told when the worker cannot run at all
   */
  constructor(script, onFailure) {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(address);
    /** @type {Map<number, (answer: WorkerAnswer) => void>} */
    this.listeners = new Map();
    /** @type {Map<string, number>} */
    this.newest = new Map();
    this.requests = 0;
    this.worker.onmessage = (event) => this.listeners.get(event.data.id)?.(event.data);
    this.worker.onerror = (event) => onFailure(event.message || "the worker did not start");
  }

  /**
   * Ask the worker. What it still answers to an earlier request of the same kind is not told.
   * @param {string} kind
   * @param {Request} message
   * @param {(answer: WorkerAnswer) => void} listener
   */
  request(kind, message, listener) {
    this.listeners.delete(this.newest.get(kind) ?? 0);
    const id = ++this.requests;
    this.newest.set(kind, id);
    this.listeners.set(id, listener);
    this.worker.postMessage({ ...message, id });
  }
}
