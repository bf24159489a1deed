// npm run bench:page: serves the page on this machine and says where. With --headless it opens the page in the Chromium from npm
// itself, runs what the query asks for, and writes what the page gave.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { launchChromium } from "../../test/browser/chromium.ts";
import { installPeers } from "../install-peers.ts";
import { bundlePeers } from "./bundle-peers.ts";
import { servePage } from "./server.ts";

const usage = `npm run bench:page -- [options]
  --port N           port to listen on (any that is free)
  --headless QUERY   run in the Chromium from npm, for example "suites=map&rounds=1&device=webgpu&software"
  --json FILE        with --headless: write the run
  --picture FILE     with --headless: write the page as PNG; --dark for its dark look`;

interface HeadlessOptions {
  readonly json?: string | undefined;
  readonly picture?: string | undefined;
  readonly dark?: boolean | undefined;
}

/** @throws when the page fails, or says that it could not run a case of ours */
const runHeadless = async (address: string, query: string, { json, picture, dark }: HeadlessOptions): Promise<void> => {
  await using browser = await launchChromium();
  const page = await browser.newPage({
    viewport: { width: 1040, height: 800 },
    colorScheme: dark ? "dark" : "light",
  });
  page.on("pageerror", (error) => console.error(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") console.error(message.text());
  });
  await page.goto(`${address}?run&${query}`);
  const status = page.locator("#status");
  await page.waitForFunction(`/^(Done|Failed)/.test(document.querySelector("#status").textContent)`, undefined, {
    timeout: 3_600_000,
  });
  const said = (await status.textContent()) ?? "";
  for (const line of await page.locator("#messages li").allTextContents()) console.error(line);
  console.log(said);
  if (picture) await page.screenshot({ path: picture, fullPage: true });
  if (json) writeFileSync(json, JSON.stringify(await page.evaluate("globalThis.millraceRun"), null, 2));
  if (!said.startsWith("Done") || said.startsWith("Done: 0")) throw new Error("the page ran nothing");
};

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    headless: { type: "string" },
    json: { type: "string" },
    picture: { type: "string" },
    dark: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) console.log(usage);
else {
  installPeers((line) => console.error(line));
  await bundlePeers();
  const { address, close } = await servePage(Number(values.port ?? 0));
  if (values.headless === undefined) console.log(`Open ${address} (Ctrl+C ends the server)`);
  else
    try {
      await runHeadless(address, values.headless, values);
    } finally {
      await close();
    }
}
