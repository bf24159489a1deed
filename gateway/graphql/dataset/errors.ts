// The failures of datasets as types: of a file at the door, and of derivations.
import {
  DuplicateJoin,
  DuplicateOutputColumn,
  ExpressionTypeMismatch,
  UnknownJoin,
  UploadNotReady,
} from "../../domain/dataset/errors.ts";
import {
  DatasetFileEmpty,
  DatasetFileFormatMismatch,
  DatasetFileFormatUnknown,
  DatasetFileNotAllowed,
  DatasetFileNotFound,
  DatasetFileTruncated,
  DatasetSourceNotAllowed,
  DatasetSourceUnknown,
} from "../../source/errors.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";

/** What a file can be refused for before a job reads it. What lies within fails the job, with a code of the same kind. */
export const fileErrors = [
  DatasetFileNotFound,
  DatasetFileNotAllowed,
  DatasetFileEmpty,
  DatasetFileFormatUnknown,
  DatasetFileFormatMismatch,
  DatasetFileTruncated,
];

errorType(DatasetFileNotFound, "DatasetFileNotFound", "There is no such file, or it is not a plain file.");
errorType(DatasetFileNotAllowed, "DatasetFileNotAllowed", "A path outside of the folders that may be read.");
errorType(DatasetFileEmpty, "DatasetFileEmpty", "No bytes, no columns, or a header without a row.");
errorType(DatasetFileFormatUnknown, "DatasetFileFormatUnknown", "Neither the name nor the input tells the format.");
errorType(DatasetFileFormatMismatch, "DatasetFileFormatMismatch", "The bytes are those of another format.");
errorType(DatasetFileTruncated, "DatasetFileTruncated", "The file stops before its end.");
for (const fileError of fileErrors) {
  builder.objectFields(fileError, (t) => ({
    file: t.exposeString("file", { description: "As the client named it." }),
  }));
}

/** What a source can be refused for before a job asks it. */
export const sourceErrors = [DatasetSourceUnknown, DatasetSourceNotAllowed];
errorType(DatasetSourceUnknown, "DatasetSourceUnknown", "An address of a kind that cannot be imported.");
errorType(DatasetSourceNotAllowed, "DatasetSourceNotAllowed", "An address or database that the operator did not name.");

errorType(UploadNotReady, "UploadNotReady", "An upload that is not complete, has expired or was imported before.");
errorType(UnknownJoin, "UnknownJoin", "A join that a column reference names and the derivation does not have.");
errorType(DuplicateJoin, "DuplicateJoin", "Two joins of one name.");
errorType(DuplicateOutputColumn, "DuplicateOutputColumn", "Two output columns of one name.");
errorType(ExpressionTypeMismatch, "ExpressionTypeMismatch", "An expression of a type that its place does not take.");
