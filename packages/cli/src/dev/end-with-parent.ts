// Loaded into a program of somebody else's: it ends when the process that started it is gone, however that ended.
process.on("disconnect", () => process.exit());
