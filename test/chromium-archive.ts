// Unpacks the archives of @sparticuz/chromium (a headless Chromium, SwiftShader, and the libraries that a bare Linux lacks)
// once into a cache. Written by hand since the package's own unpacker shares one folder of the system's temporary files
// between users and takes a half-written one for whole.
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";

/** The package's folder and version. */
const findPackage = (): { folder: string; version: string } => {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  let folder = dirname(entry);
  while (!existsSync(join(folder, "bin", "swiftshader.tar.br"))) {
    if (folder === dirname(folder)) throw new Error(`@sparticuz/chromium at ${entry} holds no bin/swiftshader.tar.br`);
    folder = dirname(folder);
  }
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { folder, version };
};

/** A folder of the cache that this user may write: beside the packages, else among temporary files under the user's id. */
const cacheFolder = (version: string): string => {
  const name = `chromium-${version}`;
  const wanted = [
    join(import.meta.dirname, "..", "node_modules", ".cache", "millrace", name),
    join(tmpdir(), `millrace-${process.getuid?.() ?? "user"}`, name),
  ];
  for (const folder of wanted) {
    try {
      mkdirSync(folder, { recursive: true });
      rmSync(mkdtempSync(join(folder, "probe-")), { recursive: true });
      return folder;
    } catch (error) {
      if (folder === wanted.at(-1)) throw error;
    }
  }
  throw new Error("unreachable: the last folder either serves or throws");
};

/** Fills `folder` under another name first, so that a killed or a second process never sees half of it. */
const once = async (folder: string, fill: (into: string) => Promise<void> | void): Promise<string> => {
  if (existsSync(folder)) return folder;
  const partial = mkdtempSync(`${folder}-`);
  await fill(partial);
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
};

/** Writes the plain files of a tar archive (POSIX ustar, IEEE 1003.1) under a folder. */
const unpackTar = (archive: Buffer, into: string): void => {
  const field = (from: number, length: number): string =>
    archive.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  let at = 0;
  while (at + 512 <= archive.length && archive[at] !== 0) {
    const name = normalize(field(at, 100));
    const size = Number.parseInt(field(at + 124, 12), 8);
    const mode = Number.parseInt(field(at + 100, 8), 8);
    if (name.startsWith("..")) throw new Error(`the archive names a file outside its folder: ${name}`);
    if (field(at + 156, 1) === "0" || field(at + 156, 1) === "") {
      const path = join(into, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, archive.subarray(at + 512, at + 512 + size), { mode: mode | 0o400 });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
};

const unpackInto = (name: "swiftshader" | "al2023", folder: string, into: string): void =>
  unpackTar(brotliDecompressSync(readFileSync(join(folder, "bin", `${name}.tar.br`))), into);

/** Unpacks SwiftShader (its Vulkan driver and loader) or the libraries that Chromium wants (under lib), and gives the folder. */
export const unpackArchive = (name: "swiftshader" | "al2023"): Promise<string> => {
  const { folder, version } = findPackage();
  return once(join(cacheFolder(version), name), (into) => unpackInto(name, folder, into));
};

/** Unpacks the browser, SwiftShader beside it as it expects, and gives the path of its executable. */
export const unpackChromium = async (): Promise<string> => {
  const { folder, version } = findPackage();
  const unpacked = await once(join(cacheFolder(version), "chromium"), async (into) => {
    unpackInto("swiftshader", folder, into);
    await pipeline(
      createReadStream(join(folder, "bin", "chromium.br")),
      createBrotliDecompress(),
      createWriteStream(join(into, "chromium"), { mode: 0o755 }),
    );
  });
  return join(unpacked, "chromium");
};
