// Sums the JSON reports of vitest runs in a folder: `N passed, N failed`. Fails when a test failed, a file did not load, a
// report is missing, a stage (further arguments) failed without a failed test, or a test was skipped although we are root:
// after the set-up root has all that a test may ask for. Names what passed on a later try only (`retry` in vitest.config.ts).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', ...failedStages] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
const list = join(folder, 'reports');
const reports = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : [];
let passed = 0;
let failed = 0;
const explained = new Set();

for (const report of reports) {
  const project = report.replace(/\.[^.]*$/, '');
  const before = failed;
  const file = join(folder, `${report}.json`);
  if (!existsSync(file)) {
    say(`${report}: no report, so it did not run to its end`);
    failed += 1;
    explained.add(project);
    continue;
  }
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  if (testResults.length === 0) {
    say(`${report}: no tests at all`);
    failed += 1;
  }
  for (const { name, status, message, assertionResults } of testResults) {
    const where = name.slice(name.indexOf('/test/') + 1);
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
      say(`${project}: ${where}: ${message.split('\n')[0] || 'failed outside its tests'}`);
      failed += 1;
    }
    for (const test of assertionResults) {
      passed += test.status === 'passed' ? 1 : 0;
      if (test.status === 'passed' && test.failureMessages.length > 0) {
        const why = test.failureMessages[0].split('\n')[0];
        say(`${project}: ${where}: ${test.fullName} (passed on a later try; first: ${why})`);
      }
      if (test.status !== 'passed') {
        const tolerated = test.status !== 'failed' && process.getuid() !== 0;
        failed += tolerated ? 0 : 1;
        const why =
          test.status === 'failed' ? '' : ` (${tolerated ? 'skipped: not root' : 'skipped: it should have run'})`;
        say(`${project}: ${where}: ${test.fullName}${why}`);
      }
    }
  }
  if (failed > before) {
    explained.add(project);
  }
}
for (const stage of failedStages.filter((name) => !explained.has(name))) {
  say(`${stage}: failed outside its tests; see above`);
  failed += 1;
}
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
