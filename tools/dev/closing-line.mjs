const kinds = ['unit', 'prop', 'int', 'sim', 'e2e'];

/** How many tests of each kind ran, kinds in the order of their cost: `unit 120, prop 14, int 22`. */
function countsByKind(suites) {
  const counts = new Map(kinds.map((kind) => [kind, 0]));
  for (const suite of suites) {
    const kind = kinds.find((name) => suite.testFilePath.endsWith(`.${name}.spec.ts`));
    if (kind === undefined) continue;
    const ran = suite.numPassingTests + suite.numFailingTests;
    counts.set(kind, counts.get(kind) + ran);
  }
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}

/** Jest reporter: the last line of a run, for machines and people alike. A suite that could not run counts as a failure. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const total = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const byKind = countsByKind(results.testResults);
    // At exit, so that nothing of jest's own comes after it.
    process.once('exit', () => console.log(byKind === '' ? total : `${byKind}\n${total}`));
  }
}
