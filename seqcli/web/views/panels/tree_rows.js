/**
 * The tree of a beam search as rows.
 *
 * Counterpart: `tree_rows` in seqcli/views/panels/tree.py.
 */

/** @typedef {import("../../types.js").Branch} Branch */

/**
 * A branch, those that continue it, and the number of pieces on the longest path that begins here.
 * @typedef {Branch & {children: TreeNode[], height: number}} TreeNode
 */

/**
 * Consecutive pieces without a fork between them, their depth in the tree, and how they end.
 *
 * The pieces continue the last row of the same depth. If `alternative`, they replace the pieces of
 * the last row that is one less deep, from its first piece on. `first` is the step of the first.
 * @typedef {object} TreeRow
 * @property {number} depth
 * @property {boolean} alternative
 * @property {number} first
 * @property {TreeNode[]} branches
 * @property {Branch["outcome"]} outcome
 * @property {boolean} best
 */

/**
 * The rows of a tree, from top to bottom.
 *
 * At a fork, the best branch, or else the longest, continues at the same depth. The others follow
 * the row that begins it, one deeper. (With a stack, as a tree is as deep as a translation is long.)
 * @param {Branch[]} tree
 * @returns {TreeRow[]}
 */
export function treeRows(tree) {
  /** @type {TreeRow[]} */
  const rows = [];
  const waiting = [{ forks: firstNodes(tree), depth: 0, first: 1, alternative: false }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { forks, depth, first, alternative } = next;
    if (!forks.length) continue;
    const main = mainBranch(forks);
    const branches = straightPath(main);
    const last = branches[branches.length - 1];
    rows.push({ depth, alternative, first, branches, outcome: last.outcome, best: main.best });
    const others = forks
      .filter((branch) => branch !== main)
      .map((branch) => ({ forks: [branch], depth: depth + 1, first, alternative: true }));
    const after = first + branches.length;
    waiting.push({ forks: last.children, depth, first: after, alternative: false });
    waiting.push(...others.reverse());
  }
  return rows;
}

/**
 * The first pieces of a tree. In its list, a parent comes before its children.
 * @param {Branch[]} tree
 * @returns {TreeNode[]}
 */
function firstNodes(tree) {
  /** @type {TreeNode[]} */
  const nodes = tree.map((branch) => ({ ...branch, children: [], height: 1 }));
  for (const node of nodes) if (node.parent >= 0) nodes[node.parent].children.push(node);
  for (const node of [...nodes].reverse()) {
    node.height = node.children.reduce((most, child) => Math.max(most, child.height + 1), 1);
  }
  return nodes.filter((node) => node.parent < 0);
}

/**
 * A branch and those that follow it, up to the next fork.
 * @param {TreeNode} branch
 * @returns {TreeNode[]}
 */
function straightPath(branch) {
  const path = [branch];
  for (let last = branch; last.children.length === 1 && !last.outcome; ) {
    [last] = last.children;
    path.push(last);
  }
  return path;
}

/**
 * @param {TreeNode[]} branches
 * @returns {TreeNode}
 */
function mainBranch(branches) {
  return branches.reduce((main, branch) => {
    if (branch.best !== main.best) return branch.best ? branch : main;
    return branch.height > main.height ? branch : main;
  });
}
