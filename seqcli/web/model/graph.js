/**
 * An interpreter of graphs: the encoder and the step, as ONNX Runtime runs them for
 * `seqcli translate`.
 */

import { OPERATORS } from "./operators.js";

/** @typedef {import("./tensors.js").Tensor} Tensor */

/**
 * An operator with the names of its inputs (empty where one is left out) and of its results.
 * @typedef {{operator: string, inputs: string[], results: string[],
 *   attributes: import("./operators.js").Attributes}} GraphNode
 */

/**
 * A graph as Python writes it: see `seqcli/web/graphs.py`.
 * @typedef {object} GraphValues
 * @property {string[]} outputs
 * @property {GraphNode[]} nodes  each after those whose results it needs
 * @property {Record<string, import("./weights.js").ConstantValues>} constants
 */

/** A graph with its weights. */
export class Graph {
  /**
   * Throws an Error for an operator that seqcli does not export.
   * @param {GraphValues} values
   * @param {Record<string, Tensor>} constants
   */
  constructor(values, constants) {
    this.outputs = values.outputs;
    this.nodes = values.nodes;
    this.constants = constants;
    for (const { operator } of values.nodes) {
      if (!Object.hasOwn(OPERATORS, operator)) {
        throw new Error(
          `the page is damaged: it has an operator that it does not know: ${operator}. Copy the file again`,
        );
      }
    }
  }

  /**
   * The outputs by name. Inputs that the graph does not have are ignored.
   * @param {Record<string, Tensor>} inputs
   * @returns {Record<string, Tensor>}
   */
  run(inputs) {
    /** @type {Record<string, Tensor>} */
    const values = { ...this.constants, ...inputs };
    for (const node of this.nodes) {
      const operands = node.inputs.map((name) => values[name]);
      const results = OPERATORS[node.operator](operands, node.attributes, node.results.length);
      node.results.forEach((name, i) => {
        values[name] = results[i];
      });
    }
    return Object.fromEntries(this.outputs.map((name) => [name, values[name]]));
  }
}
