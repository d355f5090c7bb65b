module testdata

go 1.21
