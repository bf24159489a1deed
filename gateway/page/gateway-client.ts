// What the page asks of the gateway, over GraphQL like every other app.

export type ModelChoice = { readonly name: string; readonly bundlePath: string };
export type DatasetChoice = {
  readonly id: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly rowCount: number;
};
/** A row as core takes it: null is a missing value. */
export type Row = Record<string, number | string | boolean | Date | null>;

type Cell = { number: number | null; text: string | null; boolean: boolean | null; timestamp: string | null };

/** One request. @throws Error with the gateway's own message */
const ask = async <Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> => {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer: { data?: Data; errors?: { message: string }[] } = await response.json();
  if (answer.errors || !answer.data)
    throw new Error(answer.errors?.map((error) => error.message).join("; ") ?? `HTTP ${response.status}`);
  return answer.data;
};

/** Models and datasets of all projects, each by its newest version. */
export const listChoices = async (): Promise<{ models: ModelChoice[]; datasets: DatasetChoice[] }> => {
  type Answer = {
    projects: {
      nodes: {
        name: string;
        models: { nodes: { name: string; versions: { nodes: { number: number; bundlePath: string }[] } }[] };
        datasets: {
          nodes: {
            name: string;
            versions: { nodes: { id: string; rowCount: number; columns: { name: string }[] }[] };
          }[];
        };
      }[];
    };
  };
  const { projects } = await ask<Answer>(`{
    projects(first: 20) { nodes {
      name
      models(first: 20) { nodes { name versions(first: 1) { nodes { number bundlePath } } } }
      datasets(first: 20) { nodes { name versions(first: 1) { nodes { id rowCount columns { name } } } } }
    } }
  }`);
  const models = projects.nodes.flatMap((project) =>
    project.models.nodes.flatMap((model) =>
      model.versions.nodes.map((version) => ({
        name: `${project.name} / ${model.name} v${version.number}`,
        bundlePath: version.bundlePath,
      })),
    ),
  );
  const datasets = projects.nodes.flatMap((project) =>
    project.datasets.nodes.flatMap((dataset) =>
      dataset.versions.nodes.map((version) => ({
        id: version.id,
        name: `${project.name} / ${dataset.name}`,
        rowCount: version.rowCount,
        columns: version.columns.map((column) => column.name),
      })),
    ),
  );
  return { models, datasets };
};

/** Bytes of a model's bundle. */
export const fetchBundle = async (path: string): Promise<Uint8Array> => {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

const cellValue = (cell: Cell): Row[string] =>
  cell.number ?? cell.text ?? cell.boolean ?? (cell.timestamp === null ? null : new Date(cell.timestamp));

/** All rows of a dataset version, a thousand at a time. */
export const fetchRows = async (dataset: DatasetChoice): Promise<Row[]> => {
  type Answer = { node: { rows: { rows: { index: number; cells: Cell[] }[]; hasNextPage: boolean } } };
  const rows: Row[] = [];
  for (let after: number | null = null, more = true; more; ) {
    const { node }: Answer = await ask<Answer>(
      "query ($id: ID!, $after: Int) { node(id: $id) { ... on DatasetVersion { rows(first: 1000, after: $after) { rows { index cells { number text boolean timestamp } } hasNextPage } } } }",
      { id: dataset.id, after },
    );
    for (const { cells } of node.rows.rows)
      rows.push(Object.fromEntries(dataset.columns.map((name, i) => [name, cells[i] ? cellValue(cells[i]) : null])));
    after = node.rows.rows.at(-1)?.index ?? null;
    more = node.rows.hasNextPage;
  }
  return rows;
};
