import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCluster } from "@m3game/cli";
import { servePage } from "@m3game/demo/web/serve-page";
import { describeWithTool } from "@m3game/testing";
import { type ClusterMember, startCluster } from "m3game";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { root } from "./lib/root.ts";
import { buildTo } from "./start/build-page.ts";
import { allowedOrigins } from "./start/demo-page.ts";
import { gatesOf, smokeEnv } from "./start/demo-smoke.ts";
import { withFunctionEnv, withSettings } from "./start/members.ts";

// Whatever else the machine does meanwhile.
const patience = { timeout: 60_000 };

describeWithTool("chromium", "the demo's page in a browser", (program) => {
  let browser: Browser;
  let built: string;

  beforeAll(async () => {
    built = await mkdtemp(join(tmpdir(), "m3game-page-"));
    await buildTo(built);
    const args = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
    const env = { ...process.env, ...program.env };
    browser = await chromium.launch({ executablePath: program.path, env, args, chromiumSandbox: false });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await rm(built, { recursive: true, force: true });
  });

  /** The demo in this process, with a store of its own. Resolves with what opens its page in a new tab and logs in. */
  async function startDemo(envs = smokeEnv) {
    const store = await mkdtemp(join(tmpdir(), "m3game-demo-"));
    onTestFinished(() => rm(store, { recursive: true, force: true }));
    let gates: readonly string[] = [];
    const page = await servePage({ folder: built, port: 0, gates: () => gates.map((gate) => `ws://${gate}/`) });
    onTestFinished(() => page[Symbol.asyncDispose]());
    const change = (listed: ClusterMember): ClusterMember => {
      let member = withSettings(listed, "Plugin.DB.db_sqlite", { File: join(store, "demo.sqlite") });
      member = withSettings(member, "Plugin.Gate.gate_ws", { Port: "0", AllowedOrigins: allowedOrigins(page) });
      member = withSettings(member, "Plugin.Gate.gate_grpc", { Port: "0" });
      return withFunctionEnv(member, envs);
    };
    const members = await loadCluster(join(root, "demo/cluster.ts"), {});
    const cluster = await startCluster(members.map(change));
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    gates = gatesOf(cluster);
    return { login: (name: string) => openTab(page.origin, name) };
  }

  async function openTab(origin: string, name: string) {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const tab = await context.newPage();
    tab.setDefaultTimeout(patience.timeout);
    const errors: string[] = [];
    tab.on("pageerror", ({ message }) => errors.push(message));
    tab.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await tab.goto(origin);
    await tab.fill(".login input", name);
    await tab.click("text=Enter");
    await tab.waitForSelector(".lobby");
    return { tab, errors };
  }

  /** What stands above this label in the player's profile. */
  const stat = (tab: Page, label: string) => tab.textContent(`.stat:has-text("${label}") .stat-value`);

  test("a player logs in, fights a bot to the end, and has what the fight brought", async () => {
    const { login } = await startDemo();
    const { tab, errors } = await login("June");
    expect([await tab.textContent("h2"), await stat(tab, "Rating")]).toEqual(["June", "1,000"]);
    await tab.click("text=Find a fight");
    await tab.waitForSelector(".fight-canvas");
    await tab.keyboard.down("KeyD");
    await tab.waitForSelector(".result");
    await tab.keyboard.up("KeyD");
    expect(await tab.textContent(".result h2")).toMatch(/^(Victory|Defeat|Draw)$/);
    expect(await tab.locator(".score-table tbody tr").allTextContents()).toEqual([
      expect.stringMatching(/^June\d+$/),
      expect.stringMatching(/^Bot 1\d+$/),
    ]);
    const [change = "0"] = (await tab.textContent(".change"))?.replace("−", "-").match(/[+-]\d+/) ?? [];
    await tab.click("text=Back to the lobby");
    await expect.poll(() => stat(tab, "Rating"), patience).toBe((1000 + Number(change)).toLocaleString("en"));
    const apps = () => tab.locator(".net-app").allTextContents();
    await expect
      .poll(apps, patience)
      .toEqual([expect.stringMatching(/^gate\.\d$/), expect.stringMatching(/^role\.\d$/)]);
    await expect.poll(() => tab.textContent(".net-time"), patience).toMatch(/^\d+\.\d ms$/);
    expect(errors).toEqual([]);
  });

  test("two tabs fight each other", async () => {
    const { login } = await startDemo({ match: { M3__App__BotAfter: "0" }, fight: { M3__App__DurationSeconds: "6" } });
    const tabs = await Promise.all([login("June"), login("Mike")]);
    for (const { tab } of tabs) await tab.click("text=Find a fight");
    const [{ tab: first }] = tabs;
    await first.waitForSelector(".fight-canvas");
    // It leads back to the fight, or to how it ended. Nobody moves.
    await first.reload();
    const titles = await Promise.all(tabs.map(({ tab }) => tab.textContent(".result h2")));
    expect(titles).toEqual(["Draw", "Draw"]);
    expect(tabs.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test("a role is renamed and trained, founds a club, which others join and leave", async () => {
    const { login } = await startDemo();
    const { tab: owner, errors } = await login("June");
    await owner.click("[title=Rename]");
    await owner.fill(".name-form input", "Mary");
    await owner.click("text=Save");
    await expect.poll(() => owner.textContent(".name-line h2"), patience).toBe("Mary");
    await owner.click("text=Train");
    await expect.poll(() => stat(owner, "Power"), patience).toBe("100");
    await owner.click("text=Found a club");
    await owner.waitForSelector("text=Close the club");

    const { tab: guest } = await login("Mike");
    await guest.click(".club-row >> text=Join");
    await guest.click("text=Leave the club");
    await guest.waitForSelector(".club-row >> text=Join");
    await owner.click("text=Close the club");
    await owner.waitForSelector("text=There is no club yet");

    await owner.reload();
    await expect.poll(() => owner.textContent(".name-line h2"), patience).toBe("Mary");
    await owner.click("text=Log out");
    await owner.waitForSelector(".login");
    expect(errors).toEqual([]);
  });
});
