// The page of the benchmarks without its peers, who are installed on first use only: it runs cases and draws what they gave.
import { expect, test } from "vitest";
import { servePage } from "../../benchmarks/page/server.ts";
import { launchChromium } from "./chromium.ts";

const runPage = async (query: string) => {
  const { address, close } = await servePage(0);
  await using browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${address}?run&no-peers&rounds=1&milliseconds=5&${query}`);
    await page.waitForFunction(`/^(Done|Failed)/.test(document.querySelector("#status").textContent)`, undefined, {
      timeout: 240_000,
    });
    return {
      errors,
      status: await page.locator("#status").textContent(),
      dots: await page.locator("#roofline circle title").count(),
      lines: await page.locator("#table tr").count(),
      run: await page.evaluate<{ device: string; rows: { value: number; shareOfRoof: number }[] }>(
        "globalThis.millraceRun",
      ),
    };
  } finally {
    await close();
  }
};

test.each(["device=wasm&suites=dispatch,step-mlp", "device=webgpu&software&suites=dispatch"])(
  "the page runs %s, draws a dot a case and lists it",
  async (query) => {
    const { errors, status, dots, lines, run } = await runPage(query);
    expect(errors).toEqual([]);
    expect(status).toMatch(/^Done: [34] cases on (wasm|webgpu)/);
    expect(dots).toBe(run.rows.length);
    expect(lines).toBe(run.rows.length + 1);
    for (const row of run.rows) expect(row.value).toBeGreaterThan(0);
  },
);
