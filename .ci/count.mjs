// Prints "PASSED FAILED" of a vitest JSON report, for a run that ended with the given exit status. Plain JavaScript that
// an old Node reads too: it runs outside npm's scripts.
import { existsSync, readFileSync } from "node:fs";

const [file, status] = process.argv.slice(2);
if (!existsSync(file)) {
  console.log("0 1");
} else {
  const report = JSON.parse(readFileSync(file, "utf8"));
  // A file that cannot be loaded fails without any test of it failing.
  const broken = report.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.every((test) => test.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  console.log(`${report.numPassedTests} ${failed === 0 && status !== "0" ? 1 : failed}`);
}
